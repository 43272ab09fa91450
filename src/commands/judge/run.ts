import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { glob, isDynamicPattern } from 'tinyglobby'
import { realClock } from '../../clock/real.ts'
import { packageVersion } from '../../model/package.ts'
import type { ScenarioReport } from '../../model/verdict.ts'
import { Complaint, EXIT, exitCodeOf } from '../../terminal/exit.ts'
import { judgeFile } from '../../terminal/judge-file.ts'
import { saveCaptures } from '../../terminal/save-captures.ts'
import { savePage } from '../../terminal/save-page.ts'
import { complain } from '../../terminal/say.ts'
import { openSinks, ourReporters } from '../../terminal/sinks.ts'
import { openTerminal } from '../../terminal/terminal.ts'
import { kindAt, UnreadableFile } from '../../text/read-text.ts'

/** `halfopen judge`: the same verdicts again, from what was saved. Its exit code. */
export async function judgeFiles(given: readonly string[], options: JudgeOptions): Promise<number> {
  const { html, pcap, reporter, verbose, quiet } = options
  const chosen = ourReporters(reporter)
  const clock = realClock()
  const files = await eachOnce((await Promise.all(given.map(evidenceFiles))).flat())
  const reports = await judgeEach(files)
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

/** One after the other: each may be larger than memory. Complains of all that can't be read. */
async function judgeEach(files: readonly string[]): Promise<readonly ScenarioReport[]> {
  const reports: ScenarioReport[] = []
  const wrong: Complaint[] = []
  for (const file of files) {
    try {
      reports.push(await judgeFile(file))
    } catch (error) {
      if (!(error instanceof Complaint)) throw error
      wrong.push(error)
    }
  }
  const [first] = wrong
  if (first) throw new Complaint(wrong.map(({ message }) => message).join('\n'), first.exitCode)
  return reports
}

async function evidenceFiles(path: string): Promise<string[]> {
  // A shell that was given the pattern in quotation marks has left it to us.
  if (isDynamicPattern(path) && (await kindAt(path)) === 'nothing') {
    const found = (await glob(path, { absolute: true, dot: true })).sort()
    if (found.length === 0) throw new Complaint(`error: ${path}: no file is named like that`, EXIT.unreadable)
    return found
  }
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

export interface JudgeOptions {
  readonly json?: string
  readonly junit?: string
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
