import type { ScenarioReport, SuiteReport } from '../../model/report.ts'
import { jsonReporter } from '../../reporters/json.ts'
import type { Plan, Reporter } from '../../reporters/reporter.ts'
import { harmless } from '../../text/harmless.ts'
import type { Terminal } from '../terminal.ts'
import { writeReport } from './report-file.ts'

/** Our reporters at work, each writing to its place. */
export interface Sinks {
  /** Whether people read along; then waiting is shown as well. */
  readonly watched: boolean
  ended(report: ScenarioReport): void
  finished(suite: SuiteReport): void
  /** Writes what goes into files; what went wrong. */
  close(): Promise<readonly string[]>
}

/** `reporters` write to the terminal, `json` is a file for the JSON report. */
export function openSinks(
  reporters: readonly Reporter[],
  json: string | undefined,
  plan: Plan,
  terminal: Terminal,
): Sinks {
  let document = ''
  const writers = reporters.map(reporter => {
    const print = reporter.commands ? terminal.command : terminal.print
    return open(reporter, plan, terminal, text => print.call(terminal, text))
  })
  if (json !== undefined) {
    writers.push(
      open(jsonReporter, plan, terminal, text => {
        document += text
      }),
    )
  }
  return {
    watched: reporters.some(({ name }) => name === 'default'),
    ended: report => {
      for (const writer of writers) writer.ended(report)
    },
    finished: suite => {
      for (const writer of writers) writer.finished(suite)
    },
    close: async () => (json === undefined ? [] : writeReport(json, document)),
  }
}

function open(reporter: Reporter, plan: Plan, { look }: Terminal, write: (text: string) => void) {
  const told = <T>(data: T): T => (reporter.lossless ? data : harmless(data))
  const { text, writer } = reporter.begin(told(plan), look)
  write(text)
  return {
    ended: (report: ScenarioReport) => write(writer.ended(told(report))),
    finished: (suite: SuiteReport) => write(writer.finished(told(suite))),
  }
}
