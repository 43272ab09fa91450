import { tmpdir } from 'node:os'
import { parseDocument } from 'yaml'
import type { z } from 'zod'
import type { Event } from '../model/event.ts'
import type { Evidence, EvidenceHeader } from '../model/evidence.ts'
import { parseJson } from '../text/json.ts'
import { readLines } from '../text/read-text.ts'
import { atPlace, IN_WORDS } from '../text/schema-words.ts'
import { EventLog, MOST_IN_MEMORY } from './event-log.ts'
import { eventSchema, FORMAT, headerSchema } from './evidence-schema.ts'

/** Problems of one file that are told. */
const MOST_PROBLEMS = 1000

interface ReadOptions {
  /** Where the events of a large file are put in order; the system's folder for such things where absent. */
  readonly folder?: string
  readonly mostInMemory?: number
}

/**
 * Reads a file of any length, as a stream: of one that memory does not hold the events are what a verdict needs, and `whole` has them
 * all. Throws an `EvidenceError` with every problem of the file, or an `Error` that says why it can't be read.
 */
export async function readEvidence(
  path: string,
  { folder = tmpdir(), mostInMemory = MOST_IN_MEMORY }: ReadOptions = {},
): Promise<Evidence> {
  const log = new EventLog({ folders: [folder], mostInMemory })
  const reading = new Reading(path, event => log.add(event))
  try {
    for await (const { lines, isWhole } of readLines(path)) reading.lines(lines, isWhole)
  } catch (error) {
    if (error instanceof EvidenceError) throw error
    throw new Error(`cannot read evidence from ${path}: ${(error as Error).message}`, { cause: error })
  }
  const header = reading.header()
  return { header, ...(await log.evidence(header, event => event, [])) }
}

/** Throws an `EvidenceError`; `path` is for its messages only. */
export function parseEvidence(text: string, path: string): Evidence {
  const lines = text.split('\n')
  const isWhole = lines.at(-1) === ''
  if (isWhole) lines.pop()
  const events: Event[] = []
  const reading = new Reading(path, event => events.push(event))
  reading.lines(lines, isWhole)
  return { header: reading.header(), events }
}

/** One file, as its lines come. */
class Reading {
  readonly #path: string
  readonly #take: (event: Event) => void
  readonly #problems: EvidenceProblem[] = []
  readonly #disorder: EvidenceProblem[] = []
  #header: EvidenceHeader | undefined
  #more = 0
  #count = 0
  #isWhole = false
  #beforeMs = Number.NEGATIVE_INFINITY
  #last: Event | undefined

  constructor(path: string, take: (event: Event) => void) {
    this.#path = path
    this.#take = take
  }

  /** The next ones. `isWhole`: the last of them ends with a line break. Throws where the first of all is no header. */
  lines(lines: readonly string[], isWhole: boolean): void {
    for (const line of lines) {
      this.#count++
      if (this.#header) this.#event(line)
      else this.#header = parseHeader(line, this.#path)
    }
    this.#isWhole = isWhole
  }

  /** There are no more lines. Throws an `EvidenceError` with all problems. */
  header(): EvidenceHeader {
    this.#header ??= parseHeader('', this.#path)
    const problems = this.#problems.length > 0 ? this.#problems : this.#disorder
    if (this.#more > 0) problems.push({ line: this.#count, column: 1, message: `and ${this.#more} more problems` })
    if (!this.#isWhole || this.#last?.what !== 'ended') problems.push(truncated(Math.max(1, this.#count)))
    if (problems.length > 0) throw new EvidenceError(this.#path, problems)
    return this.#header
  }

  #event(line: string): void {
    const parsed = parseLine(line, this.#count, eventSchema)
    if ('problems' in parsed) {
      this.#note(this.#problems, parsed.problems)
      return
    }
    const { value } = parsed
    const beforeMs = this.#beforeMs
    if (value.atMs < beforeMs) {
      const message = `out of order: ${value.atMs} comes after ${beforeMs}`
      this.#note(this.#disorder, [{ line: this.#count, column: 1, message }])
    }
    this.#beforeMs = value.atMs
    this.#last = value
    this.#take(value)
  }

  #note(list: EvidenceProblem[], problems: readonly EvidenceProblem[]): void {
    for (const problem of problems) {
      if (list.length < MOST_PROBLEMS) list.push(problem)
      else this.#more++
    }
  }
}

type Parsed<T> = { readonly value: T } | { readonly problems: readonly EvidenceProblem[] }

function parseLine<T>(text: string, line: number, schema: z.ZodType<T>): Parsed<T> {
  const json = parseJson(text)
  if ('message' in json) return { problems: [{ line, column: json.offset + 1, message: `not JSON: ${json.message}` }] }
  const parsed = schema.safeParse(json.value, IN_WORDS)
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

const truncated = (lines: number): EvidenceProblem => ({
  line: lines,
  column: 1,
  message: 'truncated: the last line is not the `ended` event, so the run was cut short or the disk was full',
})

/** Lines and columns count from 1. */
interface EvidenceProblem {
  readonly line: number
  readonly column: number
  readonly message: string
}

/** Everything that is wrong with a file, one `file:line:column message` a line. */
export class EvidenceError extends Error {
  readonly path: string
  readonly problems: readonly EvidenceProblem[]

  constructor(path: string, problems: readonly EvidenceProblem[]) {
    super(problems.map(({ line, column, message }) => `${path}:${line}:${column} ${message}`).join('\n'))
    this.name = 'EvidenceError'
    this.path = path
    this.problems = problems
  }
}

/** One problem for each thing that the schema does not like, at the value that it does not like. */
function schemaProblems(line: number, text: string, { issues }: z.ZodError): readonly EvidenceProblem[] {
  // JSON is YAML, and the YAML parser knows where each value stands.
  const document = parseDocument(text)
  return issues.map(({ path, message }) => {
    const column = columnOf(document, path)
    return { line, column, message: atPlace(path, message) }
  })
}

/** Of the value at `path`, or of the nearest one around it where it is missing. */
function columnOf(document: ReturnType<typeof parseDocument>, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node: unknown = document.getIn(path.slice(0, length), true)
    const range: unknown = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined
    if (Array.isArray(range) && typeof range[0] === 'number') return range[0] + 1
  }
  return 1
}
