import { copyFile, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { glob } from 'tinyglobby'
import { parseRecord, pathHere, RECORD_FILE, settled } from '../../evidence/run-record.ts'
import type { Evidence } from '../../model/evidence.ts'
import { packageVersion } from '../../model/package.ts'
import type { Scenario } from '../../model/scenario.ts'
import type { ScenarioReport, SuiteReport } from '../../model/verdict.ts'
import type { Look, Plan } from '../../reporters/reporter.ts'
import { Complaint, closingWords, EXIT, exitCodeOf } from '../../terminal/exit.ts'
import { unwritable } from '../../terminal/files.ts'
import { judgeFile } from '../../terminal/judge-file.ts'
import { saveCaptures } from '../../terminal/save-captures.ts'
import { savePage } from '../../terminal/save-page.ts'
import { complain } from '../../terminal/say.ts'
import { openSinks, ourReporters } from '../../terminal/sinks.ts'
import { openTerminal, type Terminal } from '../../terminal/terminal.ts'
import { plainly } from '../../text/message-of.ts'
import { LARGE_BYTES, readText } from '../../text/read-text.ts'
import { makeFolder } from '../../text/write-files.ts'
import { joinedReport } from './merge-fleet.ts'
import type { MergedRunOptions } from './options.ts'
import { refuseOther } from './other-run.ts'
import { areOfFleet, type MergedPart, partsOf, type RunShard, shardProblems } from './run-shards.ts'

/** The shards of one run, judged again and reported as the whole would have been. Its exit code. */
export async function mergeRuns(given: readonly string[], options: MergedRunOptions): Promise<number> {
  const chosen = ourReporters(options.reporter, process.env.GITHUB_ACTIONS === 'true')
  const shards = await readShards(given)
  refuse(shardProblems(shards, packageVersion()), EXIT.usage)
  const isFleet = areOfFleet(shards)
  const parts = isFleet ? [] : allParts(shards)
  if (options.out !== undefined) await makeOut(options.out)
  const reports: ScenarioReport[] = isFleet ? [await joinedReport(shards, options.out)] : []
  // One after the other: each may be larger than memory.
  for (const part of parts) reports.push(await reportOf(part, options.out))

  const plan = planOf(shards, reports)
  const terminal = withSources(await openTerminal(options), shards)
  const sinks = openSinks(chosen, options, plan, terminal)
  for (const report of reports) sinks.ended(report)
  const suite = suiteOf(shards, plan, reports)
  sinks.finished(suite)
  const troubles = [...new Set(shards.flatMap(({ record }) => record.troubles))]
  troubles.push(...(await sinks.close()), ...(await saveCaptures(options.pcap, reports)))
  troubles.push(...(await savePage(options.html, suite, plan, terminal.look, troubles)))
  const outcome = {
    reports,
    total: reports.length,
    troubles,
    requireAll: plan.requireAll === true,
    stoppedBy: undefined,
    unreadable: shards.some(({ record }) => record.unreadable),
  }
  const words = [...troubles.map(trouble => `halfopen: ${trouble}`), ...closingWords(outcome)]
  for (const text of words) complain(`${text}\n`)
  return exitCodeOf(outcome)
}

function refuse(problems: readonly string[], exitCode: number): void {
  if (problems.length > 0) throw new Complaint(problems.map(problem => `error: ${problem}`).join('\n'), exitCode)
}

/** How deep a folder of shards may lie: artifacts of a CI come in folders of folders. */
const DEEPEST = 5

async function readShards(given: readonly string[]): Promise<readonly RunShard[]> {
  const found = await Promise.all(given.map(shardFolders))
  refuse(
    given
      .filter((_, i) => found[i]?.length === 0)
      .map(dir => `${dir} holds no ${RECORD_FILE}: it is no evidence of a run`),
    EXIT.unreadable,
  )
  const read = await Promise.all(found.flat().map(readShard))
  refuse(
    read.filter(each => typeof each === 'string'),
    EXIT.unreadable,
  )
  return read.filter(each => typeof each !== 'string')
}

/** The folder itself, or those in it. `.halfopen/latest` is a link to one of its neighbours, and is not followed. */
async function shardFolders(dir: string): Promise<string[]> {
  const cwd = await realpath(resolve(dir)).catch(() => resolve(dir))
  const options = { cwd, dot: true, deep: DEEPEST, followSymbolicLinks: false }
  const own = await glob(RECORD_FILE, options)
  const found = own.length > 0 ? own : await glob(`**/${RECORD_FILE}`, options)
  return found.map(file => join(dir, dirname(file))).sort()
}

async function readShard(dir: string): Promise<RunShard | string> {
  const file = join(dir, RECORD_FILE)
  try {
    const record = parseRecord(await readText(file, { mostBytes: LARGE_BYTES }))
    return typeof record === 'string' ? `${file}: ${record}` : { dir, record }
  } catch (error) {
    return `${file}: this can't be read: ${plainly(error)}`
  }
}

function allParts(shards: readonly RunShard[]): readonly MergedPart[] {
  try {
    return partsOf(shards)
  } catch (error) {
    throw new Complaint(`error: ${plainly(error)}`, EXIT.unreadable)
  }
}

async function makeOut(out: string): Promise<void> {
  await makeFolder(resolve(out)).catch(error => {
    throw new Complaint(`error: --out: ${unwritable(resolve(out), error)}`, EXIT.inconclusive)
  })
}

/** As the run would have reported it: judged again where there is evidence, else what the shard says of it. */
async function reportOf(part: MergedPart, out: string | undefined): Promise<ScenarioReport> {
  const { shard, lab, ended } = part
  const { record, dir } = shard
  const scenario = settled(part.scenario as Scenario, record, process.cwd())
  const place = (name: string) => placed(join(dir, name), out, name)
  const earlier = []
  for (const { reason, evidence } of ended?.earlier ?? [])
    earlier.push({ reason, ...(evidence === undefined ? {} : { evidence: await place(evidence) }) })
  const rest = { durationMs: ended?.durationMs ?? 0, ...(earlier.length > 0 ? { earlier } : {}) }
  if (ended?.evidence === undefined) {
    const { skipped, troubles = [] } = ended ?? {}
    const verdict = { result: 'inconclusive', outcomes: [], troubles } as const
    return { scenario, lab, seed: record.seed, ...(skipped ? { skipped } : { verdict }), ...rest }
  }
  const name = ended.evidence
  const own = (read: Evidence): Evidence => {
    const header = { ...read.header, scenario: settled(read.header.scenario, record, process.cwd()) }
    refuseOther(header, { shard, part, file: join(dir, name) })
    return { ...read, header }
  }
  const judged = await judgeFile(join(dir, ended.evidence), own)
  return { ...judged, evidence: await place(ended.evidence), ...rest }
}

/** Where the file lies from now on. */
async function placed(file: string, out: string | undefined, name: string): Promise<string> {
  if (out === undefined) return resolve(file)
  const target = resolve(out, name)
  if (basename(name) !== name) await makeFolder(dirname(target))
  await copyFile(file, target).catch(error => {
    throw new Complaint(`error: --out: ${unwritable(dirname(target), error)}`, EXIT.inconclusive)
  })
  return target
}

function planOf(shards: readonly RunShard[], reports: readonly ScenarioReport[]): Plan {
  const [first] = shards
  return {
    halfopen: packageVersion(),
    lab: [...new Set(reports.map(({ lab }) => lab))].join(', '),
    seed: first?.record.seed ?? 0,
    scenarios: reports.map(({ scenario }) => scenario),
    elsewhere: first?.record.elsewhere ?? 0,
    ...(first?.record.requireAll ? { requireAll: true } : {}),
  }
}

/** Shards play side by side: the whole began with the first of them, and took as long as the longest. */
function suiteOf(shards: readonly RunShard[], plan: Plan, reports: readonly ScenarioReport[]): SuiteReport {
  const records = shards.map(({ record }) => record)
  return {
    started: records.map(({ started }) => started).sort()[0] ?? '',
    lab: plan.lab,
    durationMs: Math.max(0, ...records.map(({ durationMs }) => durationMs)),
    reports,
  }
}

/** Code frames come from the texts that travelled with the evidence: this machine may not have the files, or have others. */
function withSources(terminal: Terminal, shards: readonly RunShard[]): Terminal {
  const texts = new Map(
    shards.flatMap(({ record }) =>
      Object.entries(record.sources).map(([file, text]) => [pathHere(file, record, process.cwd()), text] as const),
    ),
  )
  const look: Look = { ...terminal.look, source: file => texts.get(file) ?? terminal.look.source(file) }
  return { ...terminal, look, print: text => terminal.print(text), command: text => terminal.command(text) }
}
