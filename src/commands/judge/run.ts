import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { glob } from 'tinyglobby'
import { realClock } from '../../clock/real.ts'
import { readEvidence } from '../../evidence/read-evidence.ts'
import { judge } from '../../judge/judge.ts'
import type { Evidence } from '../../model/evidence.ts'
import { packageVersion } from '../../model/package.ts'
import type { ScenarioReport } from '../../model/verdict.ts'
import { sequenceIfBad } from '../../pages/beats.ts'
import { Complaint, EXIT, exitCodeOf, unknownName } from '../../terminal/exit.ts'
import { theCatalog } from '../../terminal/project.ts'
import { saveCaptures } from '../../terminal/save-captures.ts'
import { savePage } from '../../terminal/save-page.ts'
import { complain } from '../../terminal/say.ts'
import { openSinks } from '../../terminal/sinks.ts'
import { openTerminal } from '../../terminal/terminal.ts'
import { plainly } from '../../text/message-of.ts'
import { kindAt, UnreadableFile } from '../../text/read-text.ts'

/** `halfopen judge`: the same verdicts again, from what was saved. Its exit code. */
export async function judgeFiles(given: readonly string[], options: JudgeOptions): Promise<number> {
  const { html, pcap, reporter, verbose, quiet } = options
  const chosen = (reporter ?? ['default']).map(ourReporter)
  const clock = realClock()
  const files = await eachOnce((await Promise.all(given.map(evidenceFiles))).flat())
  const reports: ScenarioReport[] = []
  // One after the other: each may be larger than memory.
  for (const file of files) reports.push(await judgeFile(file))
  const [first] = reports
  if (!first) throw new Complaint(`error: there is no evidence (*.ndjson) in ${given.join(', ')}`, EXIT.usage)

  const plan = {
    halfopen: packageVersion(),
    lab: first.lab,
    seed: first.seed,
    scenarios: reports.map(({ scenario }) => scenario),
  }
  const terminal = await openTerminal({ verbose: verbose === true, quiet: quiet === true })
  const sinks = openSinks(chosen, options, plan, terminal)
  for (const report of reports) sinks.ended(report)
  const suite = { started: new Date().toISOString(), lab: first.lab, durationMs: clock.nowMs(), reports }
  sinks.finished(suite)
  const troubles = [
    ...(await sinks.close()),
    ...(await savePage(html, suite, plan, terminal.look)),
    ...(await saveCaptures(pcap, reports)),
  ]
  for (const trouble of troubles) complain(`halfopen: ${trouble}\n`)
  return exitCodeOf({ reports, total: reports.length, troubles, requireAll: false, stoppedBy: undefined })
}

function ourReporter(name: string) {
  const { reporters } = theCatalog()
  const found = reporters.get(name)
  if (!found) throw unknownName('--reporter', name, [...reporters.keys()])
  return found
}

async function evidenceFiles(path: string): Promise<string[]> {
  const kind = await kindAt(path)
  if (kind instanceof UnreadableFile) throw new Complaint(`error: ${path}: ${kind.message}`, EXIT.unreadable)
  if (kind !== 'folder') return [resolve(path)]
  return (await glob('*.ndjson', { cwd: path, absolute: true })).sort()
}

/** `.halfopen/latest` is a link to one of its neighbours. */
async function eachOnce(files: readonly string[]): Promise<string[]> {
  const places = await Promise.all(files.map(file => realpath(file).catch(() => file)))
  return files.filter((_, index) => places.indexOf(places[index] ?? '') === index)
}

async function judgeFile(file: string): Promise<ScenarioReport> {
  const evidence = await read(file)
  evidence.whole?.dispose()
  const { scenario, lab, seed, broker, client } = evidence.header
  const { checks, faults } = theCatalog()
  const durationMs = evidence.events.at(-1)?.atMs ?? 0
  const verdict = judge(evidence, checks, faults)
  const found = { verdict, ...sequenceIfBad(evidence, verdict) }
  return { scenario, lab, seed, broker, client, durationMs, evidence: file, ...found }
}

async function read(file: string): Promise<Evidence> {
  try {
    return await readEvidence(file)
  } catch (error) {
    const why = error instanceof Error && error.cause instanceof Error ? error.cause : error
    throw new Complaint(`error: ${file} can't be read as evidence: ${plainly(why)}`, EXIT.unreadable)
  }
}

export interface JudgeOptions {
  readonly json?: string
  readonly verbose?: boolean
  readonly quiet?: boolean
  readonly ctrf?: string
  readonly markdown?: string
  /** A folder for a capture of each run. */
  readonly pcap?: string
  /** A file for the page about what was judged. */
  readonly html?: string
  readonly reporter?: readonly string[]
}
