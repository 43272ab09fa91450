import type { ScenarioReport, SuiteReport } from '../model/verdict.ts'
import { ctrfReporter } from '../reporters/ctrf.ts'
import { jsonReporter } from '../reporters/json-report.ts'
import { junitReporter } from '../reporters/junit.ts'
import { markdownReporter } from '../reporters/markdown.ts'
import type { Plan, Reporter } from '../reporters/reporter.ts'
import { harmless } from '../text/harmless.ts'
import { plainly } from '../text/message-of.ts'
import { unknownName } from './exit.ts'
import { addToReport, writeReport } from './files.ts'
import { theCatalog } from './project.ts'
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

/** Where reports go that are files. */
export interface ReportFiles {
  readonly json?: string
  readonly junit?: string
  readonly ctrf?: string
  readonly markdown?: string
}

type FileOf = readonly [file: string, reporter: Reporter, write: typeof writeReport]

/** Also the summary of a GitHub job: several steps may add to it. */
function filesOf({ json, junit, ctrf, markdown }: ReportFiles): FileOf[] {
  const { GITHUB_STEP_SUMMARY: summary = '' } = process.env
  return [
    ...(json === undefined ? [] : [[json, jsonReporter, writeReport] as const]),
    ...(junit === undefined ? [] : [[junit, junitReporter, writeReport] as const]),
    ...(ctrf === undefined ? [] : [[ctrf, ctrfReporter, writeReport] as const]),
    ...(markdown === undefined ? [] : [[markdown, markdownReporter, writeReport] as const]),
    ...(summary === '' ? [] : [[summary, markdownReporter, addToReport] as const]),
  ]
}

/** Our reporters of these names, for what is played already: vitest's have nothing to report of it. On GitHub failures are annotated. */
export function ourReporters(asked: readonly string[] | undefined, onGithub = false): readonly Reporter[] {
  const { reporters } = theCatalog()
  const names = new Set(asked ?? ['default'])
  if (onGithub && names.has('default')) names.add('github-actions')
  return [...names].map(name => {
    const found = reporters.get(name)
    if (!found) throw unknownName('--reporter', name, [...reporters.keys()])
    return found
  })
}

/** `reporters` write to the terminal. */
export function openSinks(reporters: readonly Reporter[], files: ReportFiles, plan: Plan, terminal: Terminal): Sinks {
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
  const documents = filesOf(files).map(([file, reporter, write]) => {
    const document = { file, write, text: '' }
    writers.push(
      guarded(reporter, text => {
        document.text += text
      }),
    )
    return document
  })
  return {
    watched: reporters.some(({ name }) => name === 'default'),
    ended: report => {
      for (const writer of writers) writer.ended(report)
    },
    finished: suite => {
      for (const writer of writers) writer.finished(suite)
    },
    close: async () => {
      const unwritten: string[] = []
      for (const { file, write, text } of documents) unwritten.push(...(await write(file, text)))
      return [...troubles, ...unwritten]
    },
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
