import type { ScenarioReport, SuiteReport } from '../model/verdict.ts'
import { jsonReporter } from '../reporters/json-report.ts'
import type { Plan, Reporter } from '../reporters/reporter.ts'
import { harmless } from '../text/harmless.ts'
import { plainly } from '../text/message-of.ts'
import { writeReport } from './files.ts'
import type { Terminal } from './terminal.ts'

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
  /** A reporter that throws is out of order from then on; the run and the others go on. */
  const troubles: string[] = []
  const guarded = (reporter: Reporter, write: (text: string) => void): Writer => {
    let isBroken = false
    const guard = (act: () => void) => {
      if (isBroken) return
      try {
        act()
      } catch (error) {
        isBroken = true
        const whose = reporter.from === undefined ? '' : ` of ${reporter.from}`
        const why = plainly(error).replace(`the reporter ${reporter.name}${whose}: `, '')
        troubles.push(`the reporter ${reporter.name}${whose} failed: ${why}`)
      }
    }
    let writer: Writer | undefined
    guard(() => {
      writer = open(reporter, plan, terminal, write)
    })
    return {
      ended: report => guard(() => writer?.ended(report)),
      finished: suite => guard(() => writer?.finished(suite)),
    }
  }
  const writers = reporters.map(reporter => {
    const print = reporter.commands ? terminal.command : terminal.print
    return guarded(reporter, text => print.call(terminal, text))
  })
  if (json !== undefined) {
    writers.push(
      guarded(jsonReporter, text => {
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
    close: async () => [...troubles, ...(json === undefined ? [] : await writeReport(json, document))],
  }
}

interface Writer {
  ended(report: ScenarioReport): void
  finished(suite: SuiteReport): void
}

function open(reporter: Reporter, plan: Plan, { look }: Terminal, write: (text: string) => void): Writer {
  const told = <T>(data: T): T => (reporter.lossless ? data : harmless(data))
  const { text, writer } = reporter.begin(told(plan), look)
  write(text)
  return {
    ended: (report: ScenarioReport) => write(writer.ended(told(report))),
    finished: (suite: SuiteReport) => write(writer.finished(told(suite))),
  }
}
