import type { Finding } from '../checks/check.ts'
import { seconds } from '../checks/words.ts'
import type { Event } from '../model/event.ts'
import type { Window } from '../model/verdict.ts'

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

/** What a stall held up is dated within this long of its end. */
const AFTERMATH_MS = 50

/** A loss without a window is put down to a stall of this part of K: MQTT.js gives a PINGRESP only half a K. */
const CAUSE_OF_LOSS = 1 / 4

/** A finding that a stall could have turned round says nothing. */
export function excused(finding: Finding, stalls: readonly Stall[], keepaliveMs: number, endMs: number): Finding {
  if (finding.result === 'inconclusive' || finding.sinceMs === null) return finding
  const counts = finding.window ? turnsWindow(finding, finding.window, endMs) : causesLoss(finding, keepaliveMs, endMs)
  const stall = stalls.find(counts)
  if (!stall) return finding
  const still = `the event loop stood still for ${seconds(stall.forMs)} up to ${seconds(stall.toMs)}`
  return { ...finding, result: 'inconclusive', reason: `${still}, enough to turn this round: ${finding.reason}` }
}

/** What happens during a stall is dated late, by no more than the stall. */
const datedLate = (atMs: number, { fromMs, toMs }: Stall): boolean => atMs >= fromMs && atMs <= toMs + AFTERMATH_MS

const within = ({ fromMs, toMs }: Stall, sinceMs: number, untilMs: number): boolean =>
  toMs >= sinceMs && fromMs <= untilMs

/**
 * - Too late, or never: whoever was waited for may live in this process, and stood still too. Any stall on the way counts
 *   that is as long as the excess.
 * - Otherwise only the two dates can be wrong, and only by being late: a late anchor makes the time too short, a late end
 *   makes it too long. An earliest moment of 0 is no edge, since nothing happens before its cause.
 */
function turnsWindow({ sinceMs, seenMs }: Finding, { earliestMs, latestMs }: Window, endMs: number) {
  const fromMs = sinceMs ?? 0
  const untilMs = seenMs ?? endMs
  const afterMs = untilMs - fromMs
  return (stall: Stall): boolean => {
    if (seenMs === null || afterMs > latestMs)
      return within(stall, fromMs, untilMs) && stall.forMs >= afterMs - latestMs
    const longestMs = datedLate(fromMs, stall) ? afterMs + stall.forMs : afterMs
    const shortestMs = datedLate(untilMs, stall) && earliestMs > 0 ? afterMs - stall.forMs : afterMs
    return afterMs < earliestMs ? longestMs >= earliestMs : longestMs > latestMs || shortestMs < earliestMs
  }
}

/** Without a window only a loss can be blamed on a stall: one shortly before it, long enough to be its cause. */
function causesLoss({ result, sinceMs, seenMs }: Finding, keepaliveMs: number, endMs: number) {
  const fromMs = Math.max(sinceMs ?? 0, (seenMs ?? endMs) - 2 * keepaliveMs)
  return (stall: Stall): boolean =>
    result === 'fail' &&
    seenMs !== null &&
    keepaliveMs > 0 &&
    stall.forMs > keepaliveMs * CAUSE_OF_LOSS &&
    within(stall, fromMs, seenMs)
}
