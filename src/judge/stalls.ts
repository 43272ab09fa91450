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
export const AFTERMATH_MS = 50

/** A loss without a window is put down to stalls of this part of K together: MQTT.js gives a PINGRESP only half a K. */
const CAUSE_OF_LOSS = 1 / 4

/** A CONNECT with its answer, and a ping with its own, are in so many turns of the loop: so many stalls can hold them up one by one. */
const TURNS = 8

/** A finding that a stall could have turned round says nothing. */
export function excused(finding: Finding, stalls: readonly Stall[], keepaliveMs: number, endMs: number): Finding {
  if (finding.result === 'inconclusive' || finding.sinceMs === null) return finding
  const still = finding.window
    ? causeOfEdge(finding, finding.window, stalls, endMs)
    : causeOfLoss(finding, stalls, keepaliveMs)
  if (still === undefined) return finding
  return { ...finding, result: 'inconclusive', reason: `${still}, enough to turn this round: ${finding.reason}` }
}

function causeOfEdge(finding: Finding, window: Window, stalls: readonly Stall[], endMs: number): string | undefined {
  const stall = stalls.find(turnsWindow(finding, window, endMs))
  return stall && stoodStill(stall.forMs, stall, 1)
}

const stoodStill = (forMs: number, { toMs }: Stall, times: number): string =>
  `the event loop stood still for ${seconds(forMs)}${times > 1 ? ` (${times} times)` : ''} up to ${seconds(toMs)}`

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

/** Without a window only a loss can be blamed on stalls. */
const causeOfLoss = ({ result, seenMs }: Finding, stalls: readonly Stall[], keepaliveMs: number): string | undefined =>
  result !== 'fail' || seenMs === null ? undefined : stallsBehindLoss(seenMs, stalls, keepaliveMs)

/** The stalls to which the loss of a healthy connection may be due: those in the time in which a ping or its answer was due. */
export function stallsBehindLoss(lostMs: number, stalls: readonly Stall[], keepaliveMs: number): string | undefined {
  if (keepaliveMs === 0) return undefined
  // Also those before the CONNACK: the broker counts from the CONNECT.
  const before = stalls.filter(stall => within(stall, lostMs - 2 * keepaliveMs, lostMs))
  const longest = before.toSorted((a, b) => b.forMs - a.forMs).slice(0, TURNS)
  const togetherMs = longest.reduce((sum, { forMs }) => sum + forMs, 0)
  const last = before.at(-1)
  if (!last || togetherMs <= keepaliveMs * CAUSE_OF_LOSS) return undefined
  return stoodStill(togetherMs, last, longest.length)
}
