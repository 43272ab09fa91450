import { dirname } from 'node:path'
import { formatMs } from '../model/duration.ts'
import type { PeerVersion } from '../model/evidence.ts'
import type { Scenario } from '../model/scenario.ts'
import type { Outcome, ScenarioReport, SuiteReport } from '../model/verdict.ts'
import { cut, flow, hang, indent, plural, shortPath, widthOf, wrap } from '../text/layout.ts'
import { failureText, skippedText } from './failure.ts'
import {
  badge,
  type Look,
  type Plan,
  type Reporter,
  type ReportWriter,
  resultOf,
  type Style,
  styleFor,
  tally,
} from './reporter.ts'

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

/** `24 passed, 1 failed, 2 inconclusive, 6 skipped in 13.2 s (seed 1234)` */
function summaryLine(suite: SuiteReport, seed: number, unfinished: number, style: Style): string {
  const counts = tally(suite.reports)
  const parts = [
    part(counts.pass, 'passed', style.green),
    part(counts.fail, 'failed', style.red),
    part(counts.inconclusive, 'inconclusive', style.yellow),
    part(counts.skipped + counts.unsupported, 'skipped', style.dim),
    part(unfinished, 'not finished', style.yellow),
  ].filter(text => text !== '')
  const again = suite.reports.filter(({ earlier }) => earlier !== undefined).length
  if (again > 0) parts.push(`${again} played again`)
  const after = `in ${(suite.durationMs / 1000).toFixed(1)} s (seed ${seed})`
  return `${parts.join(', ') || plural(0, 'scenario')} ${after}`
}

const part = (count: number, word: string, paint: (text: string) => string): string =>
  count === 0 ? '' : paint(`${count} ${word}`)

/** `aedes 1.2.0, mosquitto 2.0.11; mqttjs 5.16.0`: who was met. A model is never passed off as the real peer. */
function peersLine(reports: readonly ScenarioReport[]): string {
  const brokers = peers(reports.map(report => report.broker))
  const clients = peers(reports.map(report => report.client))
  return [brokers, clients].filter(text => text !== '').join('; ')
}

function peers(versions: readonly (PeerVersion | undefined)[]): string {
  const names = versions.flatMap(peer =>
    peer ? [`${peer.name} ${peer.version}${peer.model ? ' (a model)' : ''}`] : [],
  )
  return [...new Set(names)].sort().join(', ')
}

/** `broker 3.00 s (1.5K)`: how late after its anchor, and how much that is in units of the keep-alive. */
function figure({ check, afterMs, ratio, minusMs = 0, plusMs = 0 }: Outcome, look: Pick<Look, 'label'>): string {
  const label = look.label(check)
  if (afterMs === null) return label
  const inK = ratio === null || ratio < TELLING_RATIO ? '' : ` (${Number(ratio.toFixed(2))}K)`
  return `${label} ${seconds(afterMs)}${plusMinus(Math.max(minusMs, plusMs))}${inK}`
}

/** Shown where it is more than the last digit of a figure. */
const plusMinus = (ms: number): string => (ms < SHOWN_MS ? '' : ` ±${(ms / 1000).toFixed(2)} s`)
const SHOWN_MS = 10

/** Below it a delay has nothing to do with the keep-alive. */
const TELLING_RATIO = 0.05

/** Always in seconds and hundredths, so that figures compare at a glance. */
const seconds = (ms: number): string => (Math.abs(ms) < 100 ? formatMs(Math.round(ms)) : `${(ms / 1000).toFixed(2)} s`)

const INDENT = 8

/** `pass  name  figures`; the figures go below where they don't fit beside. */
function scenarioLine(report: ScenarioReport, look: Pick<Look, 'label' | 'width'>, style: Style): string {
  const { width } = look
  const result = resultOf(report)
  const head = hang(`  ${badge(result, style)}  `, report.scenario.name, width)
  const notes = (result === 'pass' ? (report.verdict?.notes ?? []) : []).map(note =>
    indent(wrap(`note: ${note}`, width - INDENT).join('\n'), INDENT),
  )
  return [withFigures(head, figuresOf(report, look), width, style), ...notes].join('\n')
}

function withFigures(head: string, figures: readonly string[], width: number, style: Style): string {
  if (figures.length === 0) return head
  const beside = `${head}  ${style.dim(figures.join('  '))}`
  if (!head.includes('\n') && widthOf(beside) <= width) return beside
  return [
    head,
    ...flow(figures, width - INDENT, '  ').map(line => indent(style.dim(cut(line, width - INDENT)), INDENT)),
  ].join('\n')
}

const timesPlayed = (times: number): string => `played ${times} times`

function figuresOf(report: ScenarioReport, look: Pick<Look, 'label'>): string[] {
  // It passed by failing: its figures would mislead.
  const { must } = report.scenario
  if (must !== undefined && resultOf(report) === 'pass')
    return [`came out as ${must}, as it must`, ...(report.earlier ? [timesPlayed(report.earlier.length + 1)] : [])]
  const figures = (report.verdict?.outcomes ?? [])
    .filter(outcome => outcome.result === 'pass')
    .map(outcome => figure(outcome, look))
  return report.earlier ? [...figures, timesPlayed(report.earlier.length + 1)] : figures
}
