import type { Finding } from '../checks/check.ts'
import { seconds } from '../checks/words.ts'
import type { Event } from '../model/event.ts'

/** The harness's event loop stood still: what happened meanwhile is dated late, and peers inside the process stood still too. */
export interface Stall {
  readonly fromMs: number
  readonly toMs: number
  readonly forMs: number
}

export const stallsOf = (events: readonly Event[]): readonly Stall[] =>
  events.flatMap(event =>
    event.what === 'stalled' && event.forMs !== undefined
      ? [{ fromMs: event.atMs - event.forMs, toMs: event.atMs, forMs: event.forMs }]
      : [],
  )

/** A loss without a window is put down to a stall of this part of K: MQTT.js gives a PINGRESP only half a K. */
const CAUSE_OF_LOSS = 1 / 4

/** A finding that a stall could have turned round says nothing. */
export function excused(finding: Finding, stalls: readonly Stall[], keepaliveMs: number, endMs: number): Finding {
  if (finding.result === 'inconclusive' || finding.sinceMs === null) return finding
  const marginMs = marginOf(finding, keepaliveMs, endMs)
  const causeMs = (finding.seenMs ?? endMs) - 2 * keepaliveMs
  const fromMs = finding.window ? finding.sinceMs : Math.max(finding.sinceMs, causeMs)
  const untilMs = finding.seenMs ?? endMs
  const stall = stalls.find(
    ({ fromMs: start, toMs, forMs }) => forMs > marginMs && toMs >= fromMs && start <= untilMs + forMs,
  )
  if (!stall) return finding
  const still = `the event loop stood still for ${seconds(stall.forMs)} up to ${seconds(stall.toMs)}`
  return { ...finding, result: 'inconclusive', reason: `${still}, enough to turn this round: ${finding.reason}` }
}

/** The shortest stall that could have made the difference. */
function marginOf({ result, window, sinceMs, seenMs }: Finding, keepaliveMs: number, endMs: number): number {
  if (!window) return result === 'fail' && seenMs !== null ? keepaliveMs * CAUSE_OF_LOSS || Infinity : Infinity
  if (sinceMs === null) return Infinity
  if (seenMs === null) return endMs - sinceMs - window.latestMs
  const afterMs = seenMs - sinceMs
  // Nothing happens before its cause, so an earliest moment of 0 is no edge that a stall could carry it across.
  const toEarliestMs = window.earliestMs > 0 ? Math.abs(afterMs - window.earliestMs) : Infinity
  return Math.min(toEarliestMs, Math.abs(window.latestMs - afterMs))
}
