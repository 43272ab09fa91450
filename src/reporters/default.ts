import { dirname } from 'node:path'
import type { ScenarioReport, SuiteReport } from '../model/report.ts'
import type { Scenario } from '../model/scenario.ts'
import { hang, plural, shortPath, wrap } from '../text/layout.ts'
import { failureText } from './failure.ts'
import { scenarioLine } from './line.ts'
import type { Look, Plan, Reporter, ReportWriter } from './reporter.ts'
import { resultOf } from './result.ts'
import { skippedText } from './skipped.ts'
import { styleFor } from './style.ts'
import { peersLine, summaryLine } from './summary.ts'

/**
 * For people. A folder's scenarios are printed together, once the last of them has ended; what did not pass
 * is told in full at the end, where a log is read first.
 */
export const defaultReporter: Reporter = {
  name: 'default',
  summary: 'for people: one line per scenario, then what did not pass and why',
  begin(plan, look) {
    const folders = new Folders(plan.scenarios, look)
    const writer: ReportWriter = {
      ended: report => folders.ended(report),
      finished: suite => folders.rest() + ending(plan, suite, look),
    }
    return { text: opening(plan, look), writer }
  },
}

function opening(plan: Plan, look: Look): string {
  const style = styleFor(look.color)
  const text = `${plural(plan.scenarios.length, 'scenario')} in lab ${plan.lab}, seed ${plan.seed}`
  const elsewhere = plan.elsewhere ? `; ${plural(plan.elsewhere, 'scenario')} more, made for other labs` : ''
  return `${hang(`${style.bold('halfopen')} ${plan.halfopen}  `, `${text}${elsewhere}`, look.width)}\n`
}

function ending(plan: Plan, suite: SuiteReport, look: Look): string {
  const worstLast = ['inconclusive', 'fail'].flatMap(result =>
    suite.reports.filter(report => resultOf(report) === result),
  )
  const blocks = [
    skippedText(suite.reports, look),
    ...worstLast.map(report => failureText(report, look)),
    summaryText(plan, suite, look),
  ]
  return blocks
    .filter(block => block !== '')
    .map(block => `\n${block}\n`)
    .join('')
}

function summaryText(plan: Plan, suite: SuiteReport, look: Look): string {
  const style = styleFor(look.color)
  const peers = peersLine(suite.reports)
  const summary = summaryLine(suite, plan.seed, plan.scenarios.length - suite.reports.length, style)
  const lines = wrap(summary, look.width)
  return [...(peers === '' ? [] : [style.dim(hang('with  ', peers, look.width))]), ...lines].join('\n')
}

/** The rest is told under the reason for which it was not run. */
const wasPlayed = (report: ScenarioReport): boolean => !['skipped', 'unsupported'].includes(resultOf(report))

/** Holds back a folder's lines until all of its scenarios have ended, so that they stand together. */
class Folders {
  readonly #look: Look
  readonly #waiting = new Map<string, { left: number; readonly reports: ScenarioReport[] }>()

  constructor(scenarios: readonly Scenario[], look: Look) {
    this.#look = look
    for (const scenario of scenarios) this.#folder(scenario).left++
  }

  ended(report: ScenarioReport): string {
    const folder = this.#folder(report.scenario)
    folder.reports.push(report)
    folder.left--
    return folder.left === 0 ? this.#print(folderOf(report.scenario, this.#look)) : ''
  }

  rest(): string {
    return [...this.#waiting.keys()].map(name => this.#print(name)).join('')
  }

  #folder(scenario: Scenario) {
    const name = folderOf(scenario, this.#look)
    const folder = this.#waiting.get(name) ?? { left: 0, reports: [] }
    this.#waiting.set(name, folder)
    return folder
  }

  #print(name: string): string {
    const reports = (this.#waiting.get(name)?.reports ?? []).filter(wasPlayed).toSorted(byPlace)
    this.#waiting.delete(name)
    if (reports.length === 0) return ''
    const style = styleFor(this.#look.color)
    const lines = reports.map(report => scenarioLine(report, this.#look, style))
    return `\n${style.bold(name)}\n${lines.join('\n')}\n`
  }
}

const folderOf = (scenario: Scenario, look: Look): string => shortPath(dirname(scenario.position.file), look.cwd)

const byPlace = (a: ScenarioReport, b: ScenarioReport): number =>
  a.scenario.position.file.localeCompare(b.scenario.position.file) ||
  a.scenario.position.line - b.scenario.position.line
