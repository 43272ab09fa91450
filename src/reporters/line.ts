import { formatMs } from '../model/duration.ts'
import type { Outcome, ScenarioReport, Window } from '../model/verdict.ts'
import { cut, flow, hang, indent, widthOf, wrap } from '../text/layout.ts'
import type { Look } from './reporter.ts'
import { badge, resultOf, type Style, titleOf } from './reporter.ts'

/**
 * `broker 3.00 s (1.5K; allowed 2 to 4 s, spec)`: how late after its anchor, how much that is in units of the keep-alive, and what was
 * allowed by whom.
 */
export function figure(
  { check, afterMs, ratio, window, minusMs = 0, plusMs = 0 }: Outcome,
  look: Pick<Look, 'label'>,
): string {
  const label = look.label(check)
  if (afterMs === null) return label
  const inK = ratio === null || ratio < TELLING_RATIO ? [] : [`${Number(ratio.toFixed(2))}K`]
  const beside = [...inK, ...(window ? [`${allowedBy(window)}`] : [])].join('; ')
  return `${label} ${seconds(afterMs)}${plusMinus(Math.max(minusMs, plusMs))}${beside === '' ? '' : ` (${beside})`}`
}

/** `allowed 2 to 4 s, profile of mosquitto 2.0.11` */
function allowedBy(window: Window): string {
  const { earliestMs, latestMs } = window
  const inSeconds = (ms: number) => String(Number((ms / 1000).toFixed(2)))
  if (!Number.isFinite(latestMs)) return `allowed from ${inSeconds(earliestMs)} s, ${origin(window)}`
  const from = earliestMs > 0 ? `${inSeconds(earliestMs)} to ` : 'up to '
  return `allowed ${from}${inSeconds(latestMs)} s, ${origin(window)}`
}

const PROFILE = ' profile'

function origin({ origin: who, source }: Window): string {
  if (who !== 'profile') return who
  const named = source.split(/[,;+] /).find(part => part.endsWith(PROFILE))
  return named === undefined ? who : `profile of ${named.slice(0, -PROFILE.length).trim()}`
}

/** Shown where it is more than the last digit of a figure. */
const plusMinus = (ms: number): string => (ms < SHOWN_MS ? '' : ` ±${(ms / 1000).toFixed(2)} s`)
const SHOWN_MS = 10

/** Below it a delay has nothing to do with the keep-alive. */
const TELLING_RATIO = 0.05

/** Always in seconds and hundredths, so that figures compare at a glance. */
const seconds = (ms: number): string => (Math.abs(ms) < 100 ? formatMs(Math.round(ms)) : `${(ms / 1000).toFixed(2)} s`)

const INDENT = 8

/** `FAIL  name` */
export const headLine = (report: ScenarioReport, { width }: Pick<Look, 'width'>, style: Style): string =>
  hang(`  ${badge(resultOf(report), style)}  `, titleOf(report), width)

/** `pass  name  figures`; the figures go below where they don't fit beside. */
export function scenarioLine(report: ScenarioReport, look: Pick<Look, 'label' | 'width'>, style: Style): string {
  const { width } = look
  const result = resultOf(report)
  const head = headLine(report, look, style)
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
