import { resolveDuration } from '../model/duration.ts'
import type { Scenario } from '../model/scenario.ts'
import { cut, wrap } from '../text/layout.ts'
import { plural } from '../text/words.ts'
import type { ReportedResult, Style } from './reporter.ts'

/** How far a suite is. Moments are milliseconds on the caller's clock. */
export interface RunProgress {
  readonly total: number
  readonly counts: Readonly<Record<ReportedResult, number>>
  readonly running: readonly {
    readonly scenario: Scenario
    readonly sinceMs: number
    readonly isVirtual?: boolean
    readonly speed?: number
  }[]
}

/** Running scenarios that are named in a terminal; the rest are counted. */
const NAMED = 6

/** For a terminal: redrawn in place. */
export function liveLines(progress: RunProgress, nowMs: number, width: number, style: Style): string {
  const running = byTimeLeft(progress, nowMs)
  const shown = running.slice(0, NAMED).map(({ scenario, leftMs }) => {
    const left = (leftMs === undefined ? 'virtual' : `${clock(leftMs)} left`).padStart(11)
    return style.dim(
      `  ${cut(scenario.name, width - 2 - 2 - left.length).padEnd(width - 2 - 2 - left.length)}  ${left}`,
    )
  })
  const more = running.length - shown.length
  return [
    '',
    cut(overview(progress, running), width),
    ...shown,
    ...(more > 0 ? [style.dim(`  and ${more} more`)] : []),
  ].join('\n')
}

/** For a log: some lines now and then, so that nobody takes waiting for hanging; with `startMs` they say after how long. */
export function heartbeat(progress: RunProgress, nowMs: number, width: number, startMs?: number): string {
  const running = byTimeLeft(progress, nowMs)
  const names = running.slice(0, 2).map(({ scenario }) => scenario.name)
  const more = running.length - names.length
  const list = more > 0 ? `${names.join('; ')}; and ${more} more` : names.join('; ')
  const after = startMs === undefined ? '' : ` after ${clock(nowMs - startMs)}`
  return wrap(`${overview(progress, running, after)}${list === '' ? '' : `: ${list}`}`, width).join('\n')
}

interface Running {
  readonly scenario: Scenario
  /** `undefined` in virtual time: how long that takes depends on how much happens in it. */
  readonly leftMs: number | undefined
}

/** Longest first. */
function byTimeLeft({ running }: RunProgress, nowMs: number): Running[] {
  return running
    .map(({ scenario, sinceMs, isVirtual = false, speed = 1 }) => ({
      scenario,
      leftMs: isVirtual ? undefined : Math.max(0, sinceMs + lengthMs(scenario) / speed - nowMs),
    }))
    .sort((a, b) => (b.leftMs ?? -1) - (a.leftMs ?? -1))
}

/** How long it plays, from CONNACK, for the keep-alive that it asks for. */
export const lengthMs = (scenario: Scenario): number =>
  resolveDuration(scenario.until, scenario.client.keepaliveS * 1000)

function overview({ total, counts, running }: RunProgress, left: readonly Running[], after = ''): string {
  const done = counts.pass + counts.fail + counts.inconclusive + counts.unsupported + counts.skipped
  const bad = counts.fail + counts.inconclusive
  return [
    `${done} of ${plural(total, 'scenario')} done${after}${bad > 0 ? ` (${bad} did not pass)` : ''}`,
    ...(running.length > 0
      ? [`${running.length} running${left[0]?.leftMs === undefined ? '' : `, ${clock(left[0].leftMs)} left`}`]
      : []),
  ].join(', ')
}

/** `8 s`, `2 min 05 s`: whole seconds, since it is a guess. */
function clock(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
}
