import type { Finding } from '../checks/check.ts'
import { seconds } from '../checks/words.ts'
import { type Dates, datesOf } from '../evidence/dates.ts'
import type { Event } from '../model/event.ts'
import type { Window } from '../model/verdict.ts'

/** The device is a machine of its own: only the link and the harness can make it look other than it is. */
const OURS = ['link', 'harness'] as const

/** A loss without a window is put down to our standstills where these are so much of K together: some devices grant a PINGRESP half a K. */
const CAUSE_OF_LOSS_K = 1 / 4
/** From a ping that was due to the loss that it may have led to. */
const BEFORE_LOSS_K = 2

/** A finding that our own lateness could have turned round says nothing. */
export function excused(finding: Finding, events: readonly Event[], keepaliveMs: number, endMs: number): Finding {
  const { result, sinceMs, seenMs, window } = finding
  if (result === 'inconclusive' || sinceMs === null) return finding
  const dates = datesOf(events)
  const ourMs = window
    ? turnedBy({ sinceMs, seenMs, endMs, window }, dates)
    : result === 'fail' && seenMs !== null
      ? behindLoss(seenMs, keepaliveMs, dates)
      : 0
  if (ourMs === 0) return finding
  const reason = `halfopen itself was up to ${seconds(ourMs)} late, enough to turn this round: ${finding.reason}`
  return { ...finding, result: 'inconclusive', reason }
}

interface Span {
  readonly sinceMs: number
  readonly seenMs: number | null
  readonly endMs: number
  readonly window: Window
}

/**
 * How late we were where that could turn the finding round, else 0. Too late, or never: what it waited for may have stood
 * still with us, so that everything on the way counts together. Otherwise only the two dates can be wrong: a late anchor makes the time
 * too short, a late end makes it too long. An earliest moment of 0 is no edge, since nothing happens before its cause.
 */
function turnedBy({ sinceMs, seenMs, endMs, window: { earliestMs, latestMs } }: Span, dates: Dates): number {
  const untilMs = seenMs ?? endMs
  const afterMs = untilMs - sinceMs
  const [anchorMs, seenLateMs] = [dates.lateMs(sinceMs), dates.lateMs(untilMs)]
  if (afterMs > latestMs) {
    const ourMs = seenLateMs + dates.stoodStillMs(OURS, sinceMs, untilMs)
    return afterMs - ourMs <= latestMs ? ourMs : 0
  }
  if (afterMs < earliestMs) return afterMs + anchorMs >= earliestMs ? anchorMs : 0
  if (afterMs + anchorMs > latestMs) return anchorMs
  return earliestMs > 0 && afterMs - seenLateMs < earliestMs ? seenLateMs : 0
}

function behindLoss(lostMs: number, keepaliveMs: number, dates: Dates): number {
  const ourMs = dates.stoodStillMs(OURS, lostMs - BEFORE_LOSS_K * keepaliveMs, lostMs)
  return ourMs > CAUSE_OF_LOSS_K * keepaliveMs ? ourMs : 0
}
