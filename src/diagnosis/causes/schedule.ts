import { plural } from '../../text/words.ts'
import { type Cause, Scales } from '../cause.ts'
import { endsAreSteady, SCAN_MS } from '../clusters.ts'
import { lengthWords, spreadWords } from '../dates.ts'
import type { Facts } from '../log-facts.ts'
import { isOwnReturn, livesOf, medianBack, numbers, sinceHeard } from '../log-facts.ts'
import type { SessionRecord } from '../session-summary.ts'
import { isSteady, spreadOf } from '../tally.ts'

/** Cron jobs, deep sleep: it comes at fixed intervals and goes without DISCONNECT. */
export const schedule: Cause = {
  name: 'own-schedule',
  weigh(facts) {
    const { keepaliveS = 0, clients } = facts
    const left = facts.troubles.filter(
      ({ how, together, brokerAway }) =>
        !together && !brokerAway && (how === 'timeout' || how === 'closed' || how === 'fin' || how === 'rst'),
    )
    if (left.length < facts.atLeast) return undefined
    const known = left.filter(({ periodMs }) => periodMs !== undefined)
    const periods = numbers(known, ({ periodMs }) => periodMs)
    const bare = periods.length === 0 ? numbers(left, ({ endPeriodMs }) => endPeriodMs) : []
    const scales = new Scales(
      'the client leaves without DISCONNECT by its own schedule (deep sleep, a cron job, a program that ends)',
      3,
    )
    if (bare.length >= 3) return onlyEnds(scales, bare)
    const middle = spreadOf(periods)
    if (!middle || middle.count < 2) return undefined
    const steady = periods.length >= 3 && periodIsSteady(known)
    if (!steady) return undefined
    scales.pro(
      2,
      `it connects every ${lengthWords(middle.medianMs)} (${spreadWords(periods)}${clients.length > 1 ? `; ${plural(clients.length, 'client')}` : ''})`,
    )
    if (isRound(middle.medianMs)) scales.pro(1)
    weighAbsence(scales, facts, known, keepaliveS, middle.medianMs)
    quietAfterConnect(scales, known, keepaliveS)
    return scales.done({
      advice: [
        'if it is meant so, let it send DISCONNECT before it sleeps or ends, so that the broker does not publish its will; if not, look at what starts and ends it',
      ],
      next: [
        "what starts and ends the client (crontab, systemd timers, the firmware's sleep): does its period fit?",
        'a capture: who sends the FIN or RST, or does the client just fall silent?',
      ],
    })
  },
}

/** Not the mere sum of a fixed life and a fixed pause, which any fault that repeats has. */
function weighAbsence(
  scales: Scales,
  facts: Facts,
  known: readonly SessionRecord[],
  keepaliveS: number,
  periodMs: number,
): void {
  const back = medianBack(known)
  if (!back) return
  const returns = numbers(known, each => {
    const heardMs = each.lagMs ?? (each.how === 'timeout' ? 1500 * keepaliveS : 0)
    return each.backMs === undefined ? undefined : each.backMs + heardMs
  })
  const middle = spreadOf(returns)?.medianMs ?? 0
  const lives = livesOf(known)
  if (
    back.medianMs < 20_000 ||
    (keepaliveS > 0 && isOwnReturn(middle, keepaliveS) && !hasLongPause(facts, back.medianMs, keepaliveS))
  )
    scales.contra(
      4,
      `it was back ${spreadWords(back)} after each end, which a client that lost its connection does as well`,
    )
  else if (back.medianMs < 60_000)
    scales.pro(
      1.5,
      `it was there for ${spreadWords(lives)} and away for ${spreadWords(back)}: longer than most clients wait before they reconnect`,
    )
  else
    scales.pro(
      3,
      `it was there for ${spreadWords(lives)} and away for ${spreadWords(back)}: few clients wait so long before they reconnect`,
    )
  if (periodMs > 3 * (spreadOf(lives)?.medianMs ?? 0)) scales.pro(1)
}

function quietAfterConnect(scales: Scales, known: readonly SessionRecord[], keepaliveS: number): void {
  const timedOut = known.filter(({ how }) => how === 'timeout')
  const since = numbers(timedOut, sinceHeard)
  const mostMs = Math.max(...since)
  if (since.length < known.length / 2 || keepaliveS === 0 || mostMs > 1500 * keepaliveS + SCAN_MS) return
  const logged = timedOut.every(each => each.logged)
  scales.pro(
    0.5,
    `nothing ${logged ? 'more was heard of it' : 'was heard of it after CONNECT'}: the end came ${spreadWords(since)} ${logged ? 'after its last packet' : 'later'}, which is 1.5K = ${1.5 * keepaliveS} s and the broker's scan`,
  )
}

const hasLongPause = ({ closes, timeouts }: Facts, backMs: number, keepaliveS: number): boolean =>
  closes.length > timeouts.length && backMs > 60_000 && backMs > 0.5 * 1000 * keepaliveS

function onlyEnds(scales: Scales, periods: readonly number[]) {
  const middle = spreadOf(periods)
  if (!middle || !endsAreSteady(periods)) return undefined
  scales.pro(0.5, `its ends come every ${spreadWords(middle)}`)
  return scales.done({
    next: ["what starts and ends the client (crontab, the firmware's sleep): does its period fit?"],
  })
}

const periodIsSteady = (known: readonly SessionRecord[]): boolean => {
  // Clients that stay away for a round or two come at a multiple of the period.
  const periods = numbers(known, ({ periodMs }) => periodMs)
  const least = spreadOf(periods)?.medianMs ?? 0
  const folded = periods.map(ms => ms / Math.max(1, Math.round(ms / Math.max(1, least))))
  return isSteady(folded, 0.05, 8000)
}

const isRound = (ms: number): boolean => Math.abs(ms / 60_000 - Math.round(ms / 60_000)) * 60_000 <= 3000
