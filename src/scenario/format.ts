import { codeFrameColumns } from '@babel/code-frame'
import pc from 'picocolors'
import { redactSource } from '../evidence/redact-source.ts'
import { inReadingOrder, type Problem } from './problem.ts'
import { printable } from './show.ts'

/** The texts of the files that problems are about, by the names that their positions use. */
export type Sources = ReadonlyMap<string, string>

export interface FormatOptions {
  readonly color: boolean
}

/** All problems in reading order, each with its place, what is allowed there and the lines around it. */
export function formatProblems(problems: readonly Problem[], sources: Sources, { color }: FormatOptions): string {
  const colors = pc.createColors(color)
  return inReadingOrder(problems)
    .map(({ position, message, allowed, nearest }) => {
      const { file, line, column } = position
      const place = line > 0 ? `${file}:${line}:${column}` : file
      const parts = [
        `${colors.bold(printable(place))}: ${colors.red(printable(message))}`,
        allowed && allowed.length > 0 ? `  allowed: ${printable(allowed.join(', '))}` : undefined,
        nearest === undefined ? undefined : `  did you mean ${colors.green(printable(nearest))}?`,
        frame(position, sources.get(file), color),
      ]
      return `${parts.filter(part => part !== undefined).join('\n')}\n`
    })
    .join('\n')
}

function frame({ line, column }: Problem['position'], source: string | undefined, color: boolean): string | undefined {
  if (source === undefined || source === '' || line < 1) return undefined
  const options = { highlightCode: color, forceColor: color, linesAbove: 1, linesBelow: 1 }
  return codeFrameColumns(inLinesOf(source), { start: { line, column } }, options)
}

/** Lines as YAML counts them: the code frame would also break at characters that are none of its line ends. */
const inLinesOf = (source: string): string =>
  printable(
    redactSource(source)
      .replaceAll('\r\n', '\n')
      .replace(/\r|\u2028|\u2029/g, ' '),
  )
