/**
 * The file of `compare --json`: one JSON document, laid out so that it can be written and read a line at a time. Each cell stands in a
 * line of its own, in order of its number; what is known only at the end stands at the end. So a million cells take the memory of one.
 */
import type { z } from 'zod'
import { harmlessJson, parseJson } from '../../text/json.ts'
import { plainly } from '../../text/message-of.ts'
import { readLines } from '../../text/read-text.ts'
import { type CellResult, type Comparison, comparisonSchema, type LeftOutCell } from './comparison.ts'

/** What is known before the first cell is played. */
export type ComparisonHead = Omit<Comparison, 'results' | 'leftOut' | 'partial' | 'clients' | 'brokers'>
/** What is known after the last one. */
export type ComparisonTail = Pick<Comparison, 'partial' | 'clients' | 'brokers'>

/** One after the other they are the text of the file. */
export const fileText = {
  head: (head: ComparisonHead): string => `${harmlessJson(head).slice(0, -1)},"results":[\n`,
  row: (row: CellResult | LeftOutCell, isFirst: boolean): string => `${isFirst ? '' : ',\n'}${harmlessJson(row)}`,
  between: '\n],"leftOut":[\n',
  tail: (tail: ComparisonTail): string => `\n],${harmlessJson(tail).slice(1)}\n`,
}

export function comparisonJson({ results, leftOut, partial, clients, brokers, ...head }: Comparison): string {
  const rows = (all: readonly (CellResult | LeftOutCell)[]) => all.map((row, i) => fileText.row(row, i === 0)).join('')
  const { between } = fileText
  return `${fileText.head(head)}${rows(results)}${between}${rows(leftOut)}${fileText.tail({ partial, clients, brokers })}`
}

/** The text of a whole file, or what is wrong with it in one sentence. */
export function readComparison(text: string): Comparison | string {
  const json = parseJson(text)
  if ('message' in json) return `not JSON: ${json.message}`
  const parsed = comparisonSchema.safeParse(json.value)
  return parsed.success ? parsed.data : wrong(parsed.error)
}

function wrong({ issues: [issue] }: z.ZodError): string {
  const place = issue?.path.join('.')
  return `this is not what halfopen compare --json wrote${place ? `: ${place} is missing, or has another form` : ''}`
}

/** What a file holds, one after the other. */
export type FilePiece =
  | { readonly is: 'head'; readonly value: ComparisonHead }
  | { readonly is: 'result'; readonly value: CellResult }
  | { readonly is: 'left-out'; readonly value: LeftOutCell }
  | { readonly is: 'tail'; readonly value: ComparisonTail }

const SCHEMAS = {
  head: comparisonSchema.omit({ results: true, leftOut: true, partial: true, clients: true, brokers: true }),
  result: comparisonSchema.shape.results.unwrap().element,
  'left-out': comparisonSchema.shape.leftOut.unwrap().element,
  tail: comparisonSchema.pick({ partial: true, clients: true, brokers: true }),
} as const

const RESULTS = ',"results":['
const LEFT_OUT = '],"leftOut":['

/** The number of the line that is wrong, from 1, with what is wrong with it. */
export class WrongLine extends Error {
  readonly line: number

  constructor(line: number, why: string) {
    super(why)
    this.line = line
  }
}

/** Whether this is the first line of a file that can be read line by line: one that other programs wrote anew can't. */
export const isLaidOut = (firstLine: string): boolean => firstLine.endsWith(RESULTS)

/** The pieces of a file that is laid out so. `checked`: it was read before, so that its form is known. Throws a `WrongLine`. */
export async function* piecesOf(file: string, { checked = false } = {}): AsyncGenerator<FilePiece> {
  let line = 0
  let is: FilePiece['is'] = 'head'
  for await (const { lines } of readLines(file))
    for (const text of lines) {
      line++
      if (text === LEFT_OUT || text === '') is = text === '' ? is : 'left-out'
      else if (text.startsWith('],')) {
        yield piece('tail', `{${text.slice(2)}`, line, checked)
        is = 'tail'
      } else if (is === 'tail') throw new WrongLine(line, 'there is more after its end')
      else {
        const json =
          is === 'head' ? `${text.slice(0, -RESULTS.length)}}` : text.endsWith(',') ? text.slice(0, -1) : text
        yield piece(is, json, line, checked)
        if (is === 'head') is = 'result'
      }
    }
  if (is !== 'tail') throw new WrongLine(line, 'it breaks off: who wrote it was killed, or still writes')
}

function piece(is: FilePiece['is'], text: string, line: number, checked: boolean): FilePiece {
  const json = parseJson(text)
  if ('message' in json) throw new WrongLine(line, `not JSON: ${json.message}`)
  if (checked) return { is, value: json.value } as FilePiece
  const parsed = SCHEMAS[is].safeParse(json.value)
  if (!parsed.success) throw new WrongLine(line, wrong(parsed.error))
  return { is, value: parsed.data } as FilePiece
}

/** `FILE:LINE: why`, of whatever went wrong while it was read. */
export const unreadableComparison = (file: string, error: unknown): string =>
  error instanceof WrongLine
    ? `${file}:${error.line}: ${error.message}`
    : `${file}: this can't be read: ${plainly(error)}`
