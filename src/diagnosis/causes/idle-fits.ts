import { plural } from '../../text/words.ts'
import { AT_ONCE_MS } from '../ack-watch.ts'
import type { IdleBounds } from '../cause.ts'
import { endsAreSteady } from '../clusters.ts'
import { lengthWords, spreadWords } from '../dates.ts'
import { type Facts, foundDead, lifeOf, numbers, ownTimeouts, quietKeepaliveS } from '../log-facts.ts'
import type { SessionRecord } from '../session-summary.ts'
import { isSteady, spreadOf } from '../tally.ts'

/** One way in which an idle time-out could have made some of the ends. */
export interface Fit {
  readonly behaviour: IdleBounds['behaviour']
  readonly aboveMs: number
  readonly atMostMs: number
  /** T is that, and not only at most that. */
  readonly exactly: boolean
  readonly records: readonly SessionRecord[]
  readonly logged: boolean
  readonly points: number
  readonly words: string
  readonly ruledOut: string | undefined
}

/** No box that was ever described forgets a connection sooner (src/middleboxes: 50 s; a margin below that). */
export const SOONEST_MS = 10_000

/** All ways that the ends leave open, the likeliest first. */
export function fitsOf(facts: Facts): readonly Fit[] {
  return [
    silentFit(facts),
    takenOverFit(facts),
    ...closeFits(facts),
    endsFit(facts),
    answeredFit(facts),
    resetFit(facts),
    clientFit(facts),
  ]
    .flatMap(fit => fit ?? [])
    .toSorted((a, b) => Number(a.ruledOut !== undefined) - Number(b.ruledOut !== undefined) || b.points - a.points)
}

/** Rules out what a survived silence, or a path that was never silent, does not go with. */
function bounded(
  { survived }: Facts,
  given: Omit<Fit, 'aboveMs' | 'ruledOut' | 'exactly' | 'logged'> & {
    readonly exactly?: boolean
    readonly ruledOut?: string
  },
): Fit {
  const { atMostMs, records } = given
  const margin = Math.min(1000, 0.05 * atMostMs)
  const survivedWords = `silences of ${lengthWords(survived.mostMs)} were survived (${plural(survived.atLeast(Math.max(atMostMs - margin, 0.95 * survived.mostMs)), 'time')}), and an idle time-out would be at most ${lengthWords(atMostMs)}`
  return {
    exactly: false,
    logged: records.some(each => each.logged),
    aboveMs: Math.min(survived.mostMs, atMostMs - 1),
    ...given,
    ruledOut: given.ruledOut ?? (survived.mostMs >= atMostMs - margin ? survivedWords : undefined),
  }
}

/** When the client's next packet is due: after K, or after the shorter interval at which it pings. */
export function nextPacketMs({ keepaliveS = 0, pingGaps }: Facts): number {
  const keepaliveMs = keepaliveS * 1000
  if (pingGaps.count < 3) return keepaliveMs
  const usual = pingGaps.quantile(0.5)
  const steady = pingGaps.quantile(0.9) <= 1.25 * pingGaps.quantile(0.1)
  return steady && usual >= 0.3 * keepaliveMs ? Math.min(keepaliveMs, usual) : keepaliveMs
}

/** The broker timed the client out: the ping that was due never came. */
function silentFit(facts: Facts): Fit | undefined {
  const { keepaliveS = 0, slackMs } = facts
  const own = ownTimeouts(facts).filter(
    ({ lagMs }) => lagMs === undefined || keepaliveS === 0 || lagMs <= 3000 * keepaliveS + 10_000,
  )
  if (own.length < facts.atLeast) return undefined
  if (keepaliveS === 0) return unboundFit(facts, own)
  const due = nextPacketMs(facts)
  const tails = numbers(own, ({ tailGapMs }) => tailGapMs)
  const quietest = tails.length > own.length / 2 ? (spreadOf(tails)?.medianMs ?? due) : due
  const atMostMs = Math.min(due, Math.max(quietest, 1))
  const lives = own.filter(({ logged, fromMs }) => !logged && fromMs !== undefined)
  const long = lives.filter(each => (lifeOf(each) ?? 0) > 5000 * keepaliveS + 10_000)
  const ruledOut =
    quietest < Math.min(SOONEST_MS, due)
      ? `the path was never silent for more than ${lengthWords(quietest)} before the end, since the broker kept sending`
      : long.length > own.length / 2
        ? `sessions of ${spreadWords(numbers(long, lifeOf))} with K = ${keepaliveS} s mean that pings came through for minutes: silences of K were survived`
        : undefined
  const logged = own.some(each => each.logged)
  return bounded(facts, {
    behaviour: 'silent',
    atMostMs,
    records: own,
    points: logged ? 1 : 0.5,
    words: `${plural(own.length, 'time')} the broker timed the client out${logged ? ` ${spreadWords(numbers(own, ({ lagMs }) => lagMs))} after its last packet` : ''}: what was due after ${lengthWords(due)} (${due < 1000 * keepaliveS - slackMs ? 'its usual ping' : `K = ${keepaliveS} s`}) never came`,
    ...(ruledOut === undefined ? {} : { ruledOut }),
  })
}

/** Only ends are known, or no keep-alive: whatever it is, it is no longer than a session. */
function unboundFit(facts: Facts, own: readonly SessionRecord[]): Fit | undefined {
  const most = numbers(own, each => lifeOf(each) ?? each.endPeriodMs)
  if (most.length === 0) return undefined
  const quietS = quietKeepaliveS(facts)
  return bounded(facts, {
    behaviour: 'silent',
    atMostMs: quietS === undefined ? Math.min(...most) : quietS * 1000,
    records: own,
    points: quietS === undefined ? -0.5 : 1,
    words: `${plural(own.length, 'time')} the client's end came by keep-alive time-out, ${spreadWords(most)} after its connection or the end before`,
  })
}

/** Only ends by FIN or RST are known, and they come at fixed intervals: as well a box as a schedule or an age. */
function endsFit(facts: Facts): Fit | undefined {
  const own = facts.closes.filter(({ together, fromMs, logged }) => !together && fromMs === undefined && !logged)
  const periods = numbers(own, ({ endPeriodMs }) => endPeriodMs)
  if (periods.length < Math.max(3, facts.atLeast - 1) || !endsAreSteady(periods)) return undefined
  return bounded(facts, {
    behaviour: 'closes',
    atMostMs: Math.min(...periods),
    records: own,
    points: -0.5,
    words: `${plural(own.length, 'time')} its connection ended by FIN or RST, ${spreadWords(periods)} after the end before`,
  })
}

/** The client was back while the broker still had its old connection: its own ping was answered with RST, or not at all. */
function takenOverFit(facts: Facts): Fit | undefined {
  const { keepaliveS = 0, takenOver, slackMs } = facts
  if (keepaliveS === 0) return foundDeadFit(facts)
  const own = takenOver.filter(each => {
    const since = each.lagMs ?? lifeOf(each)
    return (
      (each.nextIp === undefined || each.nextIp === each.ip) &&
      since !== undefined &&
      since >= 900 * keepaliveS - slackMs &&
      since <= 2600 * keepaliveS + 130_000
    )
  })
  if (own.length < facts.atLeast || own.length < takenOver.length / 2) return undefined
  const since = numbers(own, each => each.lagMs ?? lifeOf(each))
  const soon = (spreadOf(since)?.medianMs ?? 0) < 1200 * keepaliveS + 5000
  return bounded(facts, {
    behaviour: soon ? 'answers-rst' : 'silent',
    atMostMs: Math.min(nextPacketMs(facts), Math.min(...since)),
    records: own,
    points: 2,
    words: `${plural(own.length, 'time')} the client came back while the broker still had its old connection, ${spreadWords(since)} after ${own[0]?.logged ? 'its last packet' : 'CONNECT'} (K = ${keepaliveS} s): ${soon ? 'its ping was answered with an RST to the sender' : 'it gave up on its ping'}, and the broker was not told`,
  })
}

/** The keep-alive is off, and the client was back long after its last packet. */
function foundDeadFit(facts: Facts): Fit | undefined {
  const own = foundDead(facts)
  const since = numbers(own, ({ lagMs }) => lagMs)
  if (own.length < facts.atLeast || own.length < facts.takenOver.length / 2) return undefined
  return bounded(facts, {
    behaviour: 'silent',
    atMostMs: Math.min(...since),
    records: own,
    points: 1,
    words: `${plural(own.length, 'time')} the client came back while the broker still had its old connection, ${spreadWords(since)} after its last packet (K = 0: the keep-alive is off, so that no ping keeps the path open and the broker never looks)`,
  })
}

/** It ended without DISCONNECT after a silence that is always the same. */
function closeFits(facts: Facts): readonly Fit[] {
  const { closes, keepaliveS = 0, slackMs, atLeast } = facts
  const own = closes.filter(record => !record.together && record.spokeAfterMs === undefined && !resetAtOnce(record))
  const silences = numbers(own, each => (each.logged ? each.silentMs : lifeOf(each)))
  const silence = spreadOf(silences)
  // As far apart as the ages of connections may lie (max-age.ts): while it is idle the two look the same.
  if (!silence || silences.length < atLeast || silence.medianMs < slackMs || !isSteady(silences, 0.05, 1.5 * slackMs))
    return []
  const logged = own.some(each => each.logged)
  const keepaliveMs = keepaliveS * 1000
  const atPing = keepaliveMs > 0 && Math.abs(silence.medianMs - keepaliveMs) <= Math.max(slackMs, 0.03 * keepaliveMs)
  const webSocket = facts.clients.some(each => each.webSocket)
  const ruledOut =
    !logged && keepaliveMs > 0 && silence.medianMs > 1.05 * keepaliveMs + slackMs
      ? `sessions lasted ${spreadWords(silences)} with K = ${keepaliveS} s: pings came through before, so that the path was never silent for so long`
      : undefined
  const closing = bounded(facts, {
    behaviour: 'closes',
    atMostMs: silence.medianMs,
    exactly: true,
    records: own,
    // Without packets and without K nothing tells it from a maximum age.
    points: !logged && facts.keepaliveS === undefined ? 0.5 : webSocket || keepaliveMs <= 60_000 ? 1.5 : 1,
    words: `cut after ${spreadWords(silences)} by FIN or RST, without DISCONNECT (${plural(own.length, 'session')})${logged ? ', each time after that much silence' : ', if nothing was sent in between: packets are not logged'}`,
    ...(ruledOut === undefined ? {} : { ruledOut }),
  })
  if (!atPing || ruledOut !== undefined) return [closing]
  const pinging = bounded(facts, {
    behaviour: 'answers-rst',
    atMostMs: Math.min(keepaliveMs, silence.leastMs),
    records: own,
    points: webSocket || keepaliveMs <= 60_000 ? 1 : 1.5,
    words: `every end comes exactly K = ${keepaliveS} s after ${logged ? 'the last packet' : 'CONNECT'}, when the ping goes out: T may be anywhere at or below ${lengthWords(keepaliveMs)}, and what answers the ping resets both`,
  })
  return [closing, pinging].toSorted((a, b) => b.points - a.points)
}

/** It ended as the broker spoke into a silence. */
function answeredFit(facts: Facts): Fit | undefined {
  const own = facts.closes.filter(({ together, spokeAfterMs }) => !together && spokeAfterMs !== undefined)
  if (own.length < facts.atLeast) return undefined
  const silences = numbers(own, ({ spokeAfterMs }) => spokeAfterMs)
  return bounded(facts, {
    behaviour: 'answers-rst',
    atMostMs: Math.min(...silences),
    records: own,
    points: 2,
    words: `${plural(own.length, 'time')} the connection ended just as the broker spoke, after ${spreadWords(silences)} of silence: what comes after the time-out is answered with RST`,
  })
}

/** The client spoke into a silence, and instead of an answer came the end. */
const resetAtOnce = ({ unansweredAfterMs = 0, lagMs = Infinity, from }: SessionRecord): boolean =>
  unansweredAfterMs > AT_ONCE_MS && lagMs <= AT_ONCE_MS && from !== 'client'

/** Seen beside the client: its packet after the silence was answered with RST. */
function resetFit(facts: Facts): Fit | undefined {
  const own = facts.closes.filter(record => !record.together && resetAtOnce(record))
  if (own.length < facts.atLeast) return undefined
  const silences = numbers(own, ({ unansweredAfterMs }) => unansweredAfterMs)
  return bounded(facts, {
    behaviour: 'answers-rst',
    atMostMs: Math.min(...silences),
    records: own,
    points: 2,
    words: `${plural(own.length, 'time')} the client spoke after ${spreadWords(silences)} of silence, and the end of the connection came instead of an answer`,
  })
}

/** Seen by the client: no answer to its ping. */
function clientFit(facts: Facts): Fit | undefined {
  const own = facts.unanswered.filter(({ together }) => !together)
  if (own.length < facts.atLeast) return undefined
  const lives = numbers(own, each => lifeOf(each) ?? each.endPeriodMs)
  const due = nextPacketMs(facts)
  const silences = numbers(own, each => each.unansweredAfterMs ?? each.tailGapMs)
  const atMostMs = Math.min(
    ...lives,
    ...(due > 0 ? [due] : []),
    ...(silences.length > 0 ? [spreadOf(silences)?.medianMs ?? Infinity] : []),
  )
  if (!Number.isFinite(atMostMs)) return undefined
  return bounded(facts, {
    behaviour: 'silent',
    atMostMs,
    records: own,
    points: 1,
    words: `${plural(own.length, 'time')} the client missed the answer to its ping and gave the connection up (keep-alive time-out), ${spreadWords(lives)} after ${own.some(({ fromMs }) => fromMs !== undefined) ? 'it was made' : 'the end before'}`,
  })
}
