import { z } from 'zod'
import { type Duration, formatDuration, formatMs, milliseconds, resolveDuration } from '../../model/duration.ts'
import { duration } from '../../model/schema.ts'
import type { Window } from '../../model/verdict.ts'
import { allowed, inK, seconds } from '../../text/words.ts'
import type { Finding } from './check.ts'

/** A scenario's own window; an edge that it leaves out is the default's. */
export interface WindowParams {
  readonly earliest?: Duration | undefined
  readonly latest?: Duration | undefined
}

export const windowParams = z.strictObject({
  earliest: duration.optional().describe('how soon it may happen, counted from the anchor: 1.5K'),
  latest: duration.optional().describe('how late it may happen, counted from the anchor: 2K + 1s'),
})

/** The scenario's window where it gives one, else the default; `undefined` where neither is known. */
export function chosenWindow(
  { earliest, latest }: WindowParams,
  byDefault: Window | undefined,
  keepaliveMs: number,
): Window | undefined {
  if (!earliest && !latest) return byDefault
  const given = (bound: Duration | undefined) => bound && resolveDuration(bound, keepaliveMs)
  const soonest = given(earliest)
  const last = given(latest)
  // A default edge that would leave no room for the scenario's own gives way.
  const earliestMs = soonest ?? (byDefault && byDefault.earliestMs <= (last ?? 0) ? byDefault.earliestMs : 0)
  const latestMs = last ?? (byDefault && byDefault.latestMs >= earliestMs ? byDefault.latestMs : Infinity)
  const formula = [earliest ?? milliseconds(earliestMs), latest ?? milliseconds(latestMs)]
  const shown = formula.filter(bound => Number.isFinite(bound.ms) && (bound.ms !== 0 || bound.k !== 0))
  return { earliestMs, latestMs, origin: 'scenario', source: `${shown.map(formatDuration).join(' to ')}, scenario` }
}

export interface Measured {
  readonly window: Window
  readonly keepaliveMs: number
  readonly sinceMs: number
  readonly seenMs: number | null
  /** Up to when it was watched for. */
  readonly endMs: number
  /** `broker closed`, `broker never closed`; the anchor in words: `the last client packet it received`. */
  readonly did: string
  readonly didNot: string
  readonly since: string
}

/** Where floating point turns an exact edge into one just missed. */
const EPSILON_MS = 1e-6

/** Pass inside the window, fail outside; never seen is a fail only once the window is over. */
export function withinWindow(m: Measured): Finding {
  if (m.seenMs === null) return neverSeen(m)
  const afterMs = m.seenMs - m.sinceMs
  const { earliestMs, latestMs } = m.window
  const earlyMs = earliestMs - afterMs
  const lateMs = afterMs - latestMs
  const missed =
    earlyMs > EPSILON_MS
      ? `, ${seconds(earlyMs)} too early`
      : lateMs > EPSILON_MS
        ? `, ${seconds(lateMs)} too late`
        : ''
  const reason = `${m.did} ${inK(afterMs, m.keepaliveMs)} after ${m.since}${missed}; ${allowed(m.window)}`
  // Two dates of one moment may stand in the wrong order.
  const atCause = afterMs < 0 && earliestMs === 0 ? { atCause: withinWindow({ ...m, seenMs: m.sinceMs }) } : {}
  return { ...placed(m), ...atCause, result: missed === '' ? 'pass' : 'fail', reason }
}

function neverSeen(m: Measured): Finding {
  const waitedMs = m.endMs - m.sinceMs
  const shortMs = m.window.latestMs - waitedMs
  if (shortMs < -EPSILON_MS) {
    const reason = `${m.didNot} in ${inK(waitedMs, m.keepaliveMs)} after ${m.since}; ${allowed(m.window)}`
    return { ...placed(m), watchedMs: m.endMs, result: 'fail', reason }
  }
  const remedy = Number.isFinite(shortMs) ? `; make \`until\` at least ${seconds(shortMs + 1)} later` : ''
  const window = Number.isFinite(m.window.latestMs) ? `the window at ${formatMs(m.window.latestMs)}` : 'it could happen'
  const reason = `${m.didNot}, but the run ended ${inK(waitedMs, m.keepaliveMs)} after ${m.since}, before ${window}${remedy}`
  return { ...placed(m), result: 'inconclusive', reason }
}

const placed = ({ sinceMs, seenMs, window }: Measured) => ({ sinceMs, seenMs, window })

/** Why nothing can be said, with what was found out all the same. */
export const inconclusive = (reason: string, known: Partial<Omit<Finding, 'result' | 'reason'>> = {}): Finding => ({
  sinceMs: null,
  seenMs: null,
  window: null,
  ...known,
  result: 'inconclusive',
  reason,
})
