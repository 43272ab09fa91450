import type { Scenario } from '../model/scenario.ts'
import type { ScenarioReport, SuiteReport } from '../model/verdict.ts'
import { folderName, hang, wrap } from '../text/layout.ts'
import { plural } from '../text/words.ts'
import { failureText } from './failure.ts'
import { headLine, scenarioLine } from './line.ts'
import { badge, type Look, type Plan, type Reporter, type ReportWriter, resultOf, styleFor } from './reporter.ts'
import { skippedLines, skippedText } from './skipped.ts'
import { peersLine, summaryLine } from './summary.ts'

/** So many scenarios are told one by one; of more, what passed is a line for each folder (`--verbose`: one by one too). */
const MOST_TOLD = 10

/**
 * For people. What did not pass is named as soon as it has ended, and told in full at the end, where a log is read first. A folder's
 * other scenarios are printed together, once the last of them has ended.
 */
export const defaultReporter: Reporter = {
  name: 'default',
  summary: 'for people: what passed in a line each, then what did not pass and why',
  begin(plan, look) {
    if (look.quiet) return { text: '', writer: quietWriter(plan, look) }
    const isShort = look.verbose !== true && plan.scenarios.length > MOST_TOLD
    const folders = new Folders(plan.scenarios, look, isShort)
    const writer: ReportWriter = {
      ended: report => folders.ended(report),
      finished: suite => folders.rest() + ending(plan, suite, look, isShort),
    }
    return { text: opening(plan, look) + (isShort ? '\n' : ''), writer }
  },
}

/** `--quiet`: what did not pass in full, and the sum. */
const quietWriter = (plan: Plan, look: Look): ReportWriter => ({
  ended: () => '',
  finished: suite =>
    [...badBlocks(suite, look).map(block => `${block.trim()}\n`), sumText(plan, suite, look), ''].join('\n'),
})

function opening(plan: Plan, look: Look): string {
  const style = styleFor(look.color)
  const text = `${plural(plan.scenarios.length, 'scenario')} in lab ${plan.lab}, seed ${plan.seed}`
  const elsewhere = plan.elsewhere ? `; ${plural(plan.elsewhere, 'scenario')} more, made for other labs` : ''
  return `${hang(`${style.bold('halfopen')} ${plan.halfopen}  `, `${text}${elsewhere}`, look.width)}\n`
}

function ending(plan: Plan, suite: SuiteReport, look: Look, isShort: boolean): string {
  const blocks = [
    isShort ? skippedLines(suite.reports, look) : skippedText(suite.reports, look),
    ...badBlocks(suite, look),
    summaryText(plan, suite, look),
  ]
  return blocks
    .filter(block => block !== '')
    .map(block => `\n${block}\n`)
    .join('')
}

/** What did not pass, the worst last. */
const badBlocks = (suite: SuiteReport, look: Look): string[] =>
  ['inconclusive', 'fail']
    .flatMap(result => suite.reports.filter(report => resultOf(report) === result))
    .map(report => failureText(report, look))

function summaryText(plan: Plan, suite: SuiteReport, look: Look): string {
  const peers = peersLine(suite.reports)
  const sum = sumText(plan, suite, look)
  return peers === '' ? sum : `${styleFor(look.color).dim(hang('with  ', peers, look.width))}\n${sum}`
}

const sumText = (plan: Plan, suite: SuiteReport, look: Look): string =>
  wrap(
    summaryLine(suite, plan.seed, plan.scenarios.length - suite.reports.length, styleFor(look.color)),
    look.width,
  ).join('\n')

/** The rest is told under the reason for which it was not run. */
const wasPlayed = (report: ScenarioReport): boolean => !['skipped', 'unsupported'].includes(resultOf(report))

/** Holds back a folder's lines until all of its scenarios have ended, so that they stand together. */
class Folders {
  readonly #look: Look
  readonly #isShort: boolean
  readonly #waiting = new Map<string, { left: number; readonly reports: ScenarioReport[] }>()

  constructor(scenarios: readonly Scenario[], look: Look, isShort: boolean) {
    this.#look = look
    this.#isShort = isShort
    for (const scenario of scenarios) this.#folder(scenario).left++
  }

  ended(report: ScenarioReport): string {
    const folder = this.#folder(report.scenario)
    folder.reports.push(report)
    folder.left--
    const isBad = ['fail', 'inconclusive'].includes(resultOf(report))
    const named = this.#isShort && isBad ? `${headLine(report, this.#look, styleFor(this.#look.color))}\n` : ''
    return named + (folder.left === 0 ? this.#print(folderOf(report.scenario, this.#look)) : '')
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
    if (this.#isShort) return this.#folderLine(name, reports)
    const lines = reports.map(report => scenarioLine(report, this.#look, style))
    return `\n${style.bold(name)}\n${lines.join('\n')}\n`
  }

  /** `pass  scenarios/half-open  12 of 14`, and what is worth knowing of those that passed. */
  #folderLine(name: string, reports: readonly ScenarioReport[]): string {
    const style = styleFor(this.#look.color)
    const passed = reports.filter(report => resultOf(report) === 'pass')
    if (passed.length === 0) return ''
    const count = passed.length === reports.length ? `${passed.length}` : `${passed.length} of ${reports.length}`
    const notes = passed.flatMap(({ scenario, verdict }) =>
      (verdict?.notes ?? []).map(note => hang('        ', `note: ${scenario.name}: ${note}`, this.#look.width)),
    )
    return [`  ${badge('pass', style)}  ${name}  ${style.dim(count)}`, ...notes, ''].join('\n')
  }
}

const folderOf = (scenario: Scenario, look: Look): string => folderName(scenario.position.file, look.cwd)

const byPlace = (a: ScenarioReport, b: ScenarioReport): number =>
  a.scenario.position.file.localeCompare(b.scenario.position.file) ||
  a.scenario.position.line - b.scenario.position.line
