import { plural } from '../../text/words.ts'
import { type Cause, Scales } from '../cause.ts'
import { endsAreSteady } from '../clusters.ts'
import { lengthWords, spreadWords } from '../dates.ts'
import { type Facts, livesOf, medianBack, numbers, silenceBefore } from '../log-facts.ts'
import type { SessionRecord } from '../session-summary.ts'
import { isSteady, spreadOf } from '../tally.ts'

/** Something ends each connection at an age, however busy it is; or the client itself does. */
export const maxAge: Cause = {
  name: 'maximum-age',
  weigh(facts) {
    const ended = facts.closes.filter(({ together, fromMs }) => !together && fromMs !== undefined)
    if (ended.length < facts.atLeast) return onlyEnds(facts)
    const lives = livesOf(ended)
    const life = spreadOf(lives)
    if (!life || !isSteady(lives, 0.03, 1.5 * facts.slackMs)) return undefined
    const scales = new Scales(
      `a maximum age: something ends each connection ${lengthWords(life.medianMs)} after CONNECT whatever the traffic, or the client restarts by itself`,
      3,
    )
    scales.pro(1, `${plural(ended.length, 'session')} lasted ${spreadWords(lives)} each`)
    weighTraffic(scales, facts, ended, life.medianMs)
    weighPause(scales, ended)
    const hint = HINTS.find(({ ms }) => Math.abs(ms - life.medianMs) <= Math.max(3000, 0.01 * ms))
    if (hint) scales.pro(0, `${lengthWords(life.medianMs)} is what ${hint.what}`)
    return scales.done({
      advice: [
        'look for what has that age: a time limit of a proxy or gateway (also a WebSocket ping that is not answered), a token that expires, a watchdog or a reconnect timer in the client; no keep-alive helps',
      ],
      next: [
        'a capture: who sends the FIN or RST first, the client or something in between?',
        'halfopen probe: does a busy connection end at the same age as an idle one?',
      ],
    })
  },
}

/** Of ends alone nothing tells an age and a short pause from a schedule. */
function onlyEnds({ closes, atLeast }: Facts) {
  const own = closes.filter(({ together, fromMs, logged }) => !together && fromMs === undefined && !logged)
  const periods = numbers(own, ({ endPeriodMs }) => endPeriodMs)
  if (periods.length < Math.max(3, atLeast - 1) || !endsAreSteady(periods)) return undefined
  return new Scales('a maximum age: something ends each connection after a fixed time whatever the traffic', 3)
    .pro(0, `its ends come every ${spreadWords(periods)}`)
    .done({ next: ['a log with the connections as well: how old is each when it ends?'] })
}

/** Ages that are known by their number. */
const HINTS: readonly { readonly ms: number; readonly what: string }[] = [
  { ms: 310_000, what: 'a WebSocket ping every 300 s makes of a client that does not answer it within 10 s' },
  { ms: 7_200_000, what: "AWS API Gateway's WebSocket limit of 2 hours makes (API Gateway quotas)" },
  { ms: 3_600_000, what: 'a token that is valid for an hour makes' },
  {
    ms: 86_400_000,
    what: "a line that is cut once a day makes (a provider's forced reconnect, AWS IoT Core's 24 hours over WebSocket)",
  },
]

function weighTraffic(
  scales: Scales,
  { keepaliveS = 0, survived, slackMs }: Facts,
  ended: readonly SessionRecord[],
  lifeMs: number,
): void {
  const logged = ended.filter(each => each.logged)
  if (logged.length > ended.length / 2) {
    const silent = numbers(logged, silenceBefore)
    const least = spreadOf(silent)?.medianMs ?? 0
    const busy = logged.filter(each => each.ups > 0 && (silenceBefore(each) ?? 0) < 0.7 * lifeMs).length
    if (busy > logged.length / 2 && survived.mostMs > 0 && least <= survived.mostMs + slackMs / 2)
      scales.pro(
        4,
        `the connection was not idle: packets came until ${spreadWords(silent)} before the end, and silences of ${lengthWords(survived.mostMs)} were survived`,
      )
    else
      scales.contra(1.5, `it was silent for the last ${spreadWords(silent)}, so that an idle time-out explains it too`)
    return
  }
  if (keepaliveS > 0 && lifeMs > 1050 * keepaliveS + slackMs)
    scales.pro(
      3,
      `that is longer than K = ${keepaliveS} s: pings were sent in that time (else the broker had ended it after 1.5K), so it was not idle all the time`,
    )
  else scales.contra(1, 'packets are not logged, so it may have been idle all the time')
}

function weighPause(scales: Scales, ended: readonly SessionRecord[]): void {
  const back = medianBack(ended)
  if (back && back.medianMs <= 10_000) scales.pro(0.5, `it was back ${spreadWords(back)} later`)
  else if (back && back.medianMs > 60_000) scales.contra(1, `it stayed away for ${spreadWords(back)}`)
}
