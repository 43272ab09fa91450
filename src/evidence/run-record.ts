import { createHash } from 'node:crypto'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { z } from 'zod'
import { PACKAGE_DIR } from '../model/package.ts'
import type { Scenario, SourcePosition } from '../model/scenario.ts'
import { parseJson } from '../text/json.ts'
import { atPlace, IN_WORDS } from '../text/schema-words.ts'
import { playedScenario } from './evidence-schema.ts'

/**
 * What a folder of evidence says of its run besides the evidence: which scenarios belonged to it, in which order, and what became of
 * those that left no evidence. Written when the run begins and once more when it ends, so that a run that was killed shows as one that
 * did not end.
 */
export const RECORD_FILE = 'run.json'

/** Version of the format. A change that an older reader would misread makes it 2. */
const RECORD_FORMAT = 1

const count = z.int().min(0)

/** A file of the folder, or of the one for attempts that were played again. */
const evidenceName = z
  .string()
  .regex(/^(?:inconclusive\/)?[^/\\]+$/, 'must be a name within the folder')
  .refine(name => !name.includes('..'), 'must be a name within the folder')

const peer = z.object({ name: z.string(), version: z.string() })

const ended = z.object({
  durationMs: z.number(),
  /** Who was played, as in the header of the evidence. Absent where nothing was, and in records of before it was kept. */
  broker: peer.exactOptional(),
  client: peer.exactOptional(),
  /** Absent where it left none. */
  evidence: evidenceName.exactOptional(),
  skipped: z.object({ reason: z.string(), remedy: z.string().exactOptional() }).exactOptional(),
  /** Of one that came to nothing by the harness's own trouble. */
  troubles: z.array(z.string()).exactOptional(),
  earlier: z.array(z.object({ reason: z.string(), evidence: evidenceName.exactOptional() })).exactOptional(),
})
export type EndedPart = z.infer<typeof ended>

const part = z.object({
  /** In the whole list, from 0. */
  place: count,
  scenario: playedScenario,
  lab: z.string(),
  /** Absent where it did not end. */
  ended: ended.exactOptional(),
})

const schema = z.object({
  run: z.literal(RECORD_FORMAT),
  halfopen: z.string(),
  /** ISO 8601. */
  started: z.string(),
  durationMs: z.number(),
  /** `null`: the whole list. */
  shard: z.object({ index: count.min(1), of: count.min(1) }).nullable(),
  /** ISO 8601: the moment at which all shards of a fleet began (--start-at). Then a shard has a part of the devices, not of the list. */
  startAt: z.string().exactOptional(),
  /** Of the whole list, of whichever this is a part. */
  digest: z.string(),
  /** Scenarios in the whole list. */
  total: count,
  seed: count,
  /** Skips are failures. */
  requireAll: z.boolean(),
  /** Scenarios that were asked for and are made for other labs. */
  elsewhere: count,
  /** A file of those that were asked for could not be read. */
  unreadable: z.boolean(),
  /** Where it was played: the working directory, and the package. Paths of scenarios count from there. */
  cwd: z.string(),
  package: z.string(),
  /** Texts of the scenario files by their paths, without secrets: the machine that merges may not have them. */
  sources: z.record(z.string(), z.string()),
  /** It came to its end, or was told to end; else it was killed, or still plays. */
  over: z.boolean(),
  stoppedBy: z.enum(['SIGHUP', 'SIGINT', 'SIGTERM']).nullable(),
  /** What went wrong that belongs to no scenario. */
  troubles: z.array(z.string()),
  parts: z.array(part),
})
export type RunRecord = z.infer<typeof schema>
export type RecordedPart = RunRecord['parts'][number]

/** The text of `run.json`, or what is wrong with it in one sentence. */
export function parseRecord(text: string): RunRecord | string {
  const json = parseJson(text)
  if ('message' in json) return `not JSON: ${json.message}`
  const parsed = schema.safeParse(json.value, IN_WORDS)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  return `this is not what halfopen run wrote${issue?.path.length ? `: ${atPlace(issue.path, issue.message)}` : ''}`
}

/** What is to be played, as the digest sees it. */
export interface ListedScenario {
  readonly scenario: Scenario
  readonly lab: string
}

/**
 * SHA-256 of a list of scenarios with the labs that they are played in: the same on every machine that has the same files in the same
 * places of a project, wherever that lies.
 */
export function digestOf(list: readonly ListedScenario[], cwd: string): string {
  const hash = createHash('sha256')
  for (const { scenario, lab } of list)
    hash.update(`${JSON.stringify([moved(scenario, file => nameOf(file, cwd)), lab])}\n`)
  return hash.digest('hex')
}

/** Shards that are given no seed take the same one all the same: the list's own. 32 bits. */
export const seedOf = (digest: string): number => Number.parseInt(digest.slice(0, 8), 16)

function nameOf(file: string, cwd: string): string {
  const inPackage = within(PACKAGE_DIR, resolve(cwd, file))
  return (inPackage === undefined ? relative(cwd, file) : `halfopen/${inPackage}`).replaceAll('\\', '/')
}

/** The scenario of a record with the paths that its files have here. */
export const settled = (scenario: Scenario, record: Places, cwd: string): Scenario =>
  moved(scenario, file => pathHere(file, record, cwd))

type Places = Pick<RunRecord, 'cwd' | 'package'>

/** Where a file of the record's machine lies on this one. */
export function pathHere(file: string, record: Places, cwd: string): string {
  if (!isAbsolute(file)) return file
  const inPackage = within(record.package, file)
  const inProject = within(record.cwd, file)
  if (inPackage !== undefined) return join(PACKAGE_DIR, inPackage)
  return inProject === undefined ? file : join(cwd, inProject)
}

/** The path of a file from a folder that it lies in; `undefined` where it does not. */
function within(folder: string, file: string): string | undefined {
  const path = relative(folder, file)
  return path.startsWith('..') || isAbsolute(path) ? undefined : path
}

function moved(scenario: Scenario, to: (file: string) => string): Scenario {
  const at = (position: SourcePosition): SourcePosition => ({ ...position, file: to(position.file) })
  return {
    ...scenario,
    position: at(scenario.position),
    timeline: scenario.timeline.map(step => ({ ...step, position: at(step.position) })),
    expect: scenario.expect.map(expectation => ({ ...expectation, position: at(expectation.position) })),
  }
}
