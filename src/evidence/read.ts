import type { z } from 'zod'
import type { Event } from '../model/event.ts'
import type { Evidence, EvidenceHeader } from '../model/evidence.ts'
import { parseJson } from '../text/json.ts'
import { LARGE_BYTES, readText } from '../text/read-text.ts'
import { EvidenceError, type EvidenceProblem, schemaProblems } from './problem.ts'
import { eventSchema, FORMAT, headerSchema } from './schema.ts'

/** Throws an `EvidenceError` with every problem of the file, or an `Error` that says why it can't be read. */
export async function readEvidence(path: string): Promise<Evidence> {
  const text = await readText(path, { mostBytes: LARGE_BYTES }).catch((error: Error) => {
    throw new Error(`cannot read evidence from ${path}: ${error.message}`, { cause: error })
  })
  return parseEvidence(text, path)
}

/** Throws an `EvidenceError`; `path` is for its messages only. */
export function parseEvidence(text: string, path: string): Evidence {
  const lines = text.split('\n')
  const whole = lines.at(-1) === ''
  if (whole) lines.pop()
  const [first = '', ...rest] = lines
  const header = parseHeader(first, path)

  const problems: EvidenceProblem[] = []
  const events = rest.flatMap((line, i): Event[] => {
    const parsed = parseLine(line, i + 2, eventSchema)
    if ('value' in parsed) return [parsed.value]
    problems.push(...parsed.problems)
    return []
  })
  if (problems.length === 0) problems.push(...orderProblems(events))
  const last = events.at(-1)
  if (!whole || last?.what !== 'ended') problems.push(truncated(lines.length))
  if (problems.length > 0) throw new EvidenceError(path, problems)
  return { header, events }
}

type Parsed<T> = { readonly value: T } | { readonly problems: readonly EvidenceProblem[] }

function parseLine<T>(text: string, line: number, schema: z.ZodType<T>): Parsed<T> {
  const json = parseJson(text)
  if ('message' in json) return { problems: [{ line, column: json.offset + 1, message: `not JSON: ${json.message}` }] }
  const parsed = schema.safeParse(json.value)
  return parsed.success ? { value: parsed.data } : { problems: schemaProblems(line, text, parsed.error) }
}

function parseHeader(text: string, path: string): EvidenceHeader {
  const stop = (problems: readonly EvidenceProblem[]): never => {
    throw new EvidenceError(path, problems)
  }
  const says = (message: string) => stop([{ line: 1, column: 1, message }])
  if (text.trim() === '') says('empty: an evidence file starts with a header line')
  const format = formatOf(text)
  if (format === undefined) says('not an evidence file of halfopen: its first line is no header with "evidence": 1')
  if (format !== FORMAT) says(`evidence format ${format}, but this halfopen reads format ${FORMAT}`)
  const parsed = parseLine(text, 1, headerSchema)
  return 'value' in parsed ? parsed.value : stop(parsed.problems)
}

/** The number that marks a file as ours, before anything else of it is relied on. */
function formatOf(text: string): number | undefined {
  const found = /"evidence"\s*:\s*(\d+)/.exec(text)?.[1]
  return text.trimStart().startsWith('{') && found !== undefined ? Number(found) : undefined
}

function orderProblems(events: readonly Event[]): readonly EvidenceProblem[] {
  return events.flatMap((event, i) => {
    const beforeMs = events[i - 1]?.atMs ?? Number.NEGATIVE_INFINITY
    if (event.atMs >= beforeMs) return []
    return [{ line: i + 2, column: 1, message: `out of order: ${event.atMs} comes after ${beforeMs}` }]
  })
}

const truncated = (lines: number): EvidenceProblem => ({
  line: lines,
  column: 1,
  message: 'truncated: the last line is not the `ended` event, so the run was cut short or the disk was full',
})
