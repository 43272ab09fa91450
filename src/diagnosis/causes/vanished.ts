import { plural } from '../../text/words.ts'
import { type Cause, Scales } from '../cause.ts'
import { endsAreSteady, SCAN_MS } from '../clusters.ts'
import { againstK, lengthWords, spreadWords } from '../dates.ts'
import {
  foundDead,
  isOwnReturn,
  lifeOf,
  livesOf,
  medianBack,
  numbers,
  ownTimeouts,
  quietKeepaliveS,
  returnOf,
  sinceHeard,
  wasTold,
} from '../log-facts.ts'
import { isSteady } from '../tally.ts'

/** Sleep, power, crash, Wi-Fi: the client was gone, and nobody said so. */
export const vanished: Cause = {
  name: 'client-vanished',
  weigh(facts) {
    const own = ownTimeouts(facts)
    const { keepaliveS = 0, survived, atLeast } = facts
    if (own.length < atLeast) return weighFoundDead(facts)
    const scales = new Scales('the client vanished without a word (power, crash, Wi-Fi, sleep or suspend)', 4)
    const logged = own.filter(({ lagMs }) => lagMs !== undefined)
    if (logged.length > 0 && keepaliveS > 0) {
      const lags = numbers(logged, ({ lagMs }) => lagMs)
      scales.pro(
        1,
        `nothing more came from it, and the broker timed it out ${spreadWords(lags)} after its last packet (K = ${keepaliveS} s, ${againstK(Math.max(...lags), keepaliveS)} at most)`,
      )
    }
    const late = logged.filter(({ lagMs = 0 }) => lagMs > 3000 * keepaliveS + SCAN_MS)
    if (keepaliveS > 0 && late.length > own.length / 2)
      scales.contra(4, 'the broker waited far longer than 1.5K, which a client that is gone does not explain')
    // Without K nothing tells a client that is gone from one whose path is dead.
    if (keepaliveS > 0) {
      weighLateness(scales, facts, own)
      weighSilences(scales, facts)
      weighLives(scales, own, keepaliveS)
      weighReturns(scales, own, keepaliveS, survived.mostMs)
    } else if (endsAreSteady(numbers(own, each => each.periodMs ?? each.endPeriodMs)))
      scales.contra(2, 'its ends come at fixed intervals, as no chance does')
    if (quietKeepaliveS(facts) !== undefined)
      scales.contra(2, 'each session lasted the same time: a client that vanishes by accident does so at any time')
    return scales.done({
      advice: ['look at the client: its power, its Wi-Fi, its own log and its uptime at these dates'],
      next: [
        "the client's uptime and its own log at the dates of the ends: did it restart, sleep, or lose its network?",
        'a capture on the client (tcpdump port 1883): did it send its PINGREQ?',
      ],
    })
  },
}

/** The keep-alive is off: nothing but its own return tells that it was gone. */
function weighFoundDead(facts: Parameters<Cause['weigh']>[0]) {
  const own = foundDead(facts)
  if (own.length < facts.atLeast) return undefined
  return new Scales('the client vanished without a word and came back (restart, power, Wi-Fi, sleep or suspend)', 4)
    .pro(
      1,
      `it came back from the same address while the broker still had its old connection, ${spreadWords(numbers(own, ({ lagMs }) => lagMs))} after its last packet (K = 0: the broker never looks)`,
    )
    .done({
      advice: ['give the client a keep-alive: with K = 0 neither side notices a dead connection'],
      next: ["the client's uptime at these dates: did it restart, or only connect anew?"],
    })
}

/** One that is often late, and soon back, is rather late again than gone. */
function weighLateness(
  scales: Scales,
  { keepaliveS = 0, upGaps, slackMs }: Parameters<Cause['weigh']>[0],
  own: Parameters<typeof medianBack>[0],
): void {
  const late = upGaps.atLeast(Math.max(1150 * keepaliveS, 1000 * keepaliveS + slackMs))
  const back = medianBack(own)
  if (late < 3 || late < 0.1 * upGaps.count || !back || back.medianMs > 12_000) return
  scales.contra(
    4,
    `${plural(late, 'time')} its next packet came later than K all the same, and it was back ${spreadWords(back)} later: it was there, and late`,
  )
}

/** Where a silence as long as K was survived, no idle time-out took the client away. */
function weighSilences(scales: Scales, { survived, keepaliveS = 0, upGaps }: Parameters<Cause['weigh']>[0]): void {
  if (keepaliveS === 0 || survived.mostMs < 950 * keepaliveS - 1000) return
  const count = upGaps.atLeast(950 * keepaliveS - 1000)
  scales.pro(
    3,
    `silences of ${lengthWords(survived.mostMs)} were survived (${plural(Math.max(1, count), 'time')} about K), so the path bears them`,
  )
}

function weighLives(scales: Scales, own: readonly Parameters<typeof lifeOf>[0][], keepaliveS: number): void {
  const lives = livesOf(own)
  if (lives.length < 3) return
  const unlogged = own.filter(({ logged, fromMs }) => !logged && fromMs !== undefined)
  const long = unlogged.filter(record => (lifeOf(record) ?? 0) > 2500 * keepaliveS + 10_000)
  if (keepaliveS > 0 && long.length > own.length / 2)
    scales.pro(
      2,
      `sessions of ${spreadWords(livesOf(long))} with K = ${keepaliveS} s mean that its pings came through for minutes`,
    )
  if (!isSteady(lives, 0.1, 10_000)) scales.pro(1, `its sessions lasted ${spreadWords(lives)}: no fixed time`)
  // It vanishes right after each CONNECT: rather something that it does.
  const since = numbers(own, sinceHeard)
  if (unlogged.length === own.length && keepaliveS > 0 && since.every(ms => ms <= 1500 * keepaliveS + SCAN_MS))
    scales.contra(
      2,
      'nothing was heard of it after CONNECT in any session: a client that vanishes by accident does so at any time',
    )
}

function weighReturns(
  scales: Scales,
  own: readonly Parameters<typeof returnOf>[0][],
  keepaliveS: number,
  survivedMs: number,
): void {
  const back = medianBack(own)
  if (!back || back.count < 3) return
  const told = wasTold(own, keepaliveS)
  if (back.medianMs <= 1500 && (told === 'yes' || told === 'weakly'))
    scales.contra(
      told === 'yes' ? 3 : 1.5,
      `it was back ${spreadWords(back)} after the broker closed: it was told of that at once, so it was there`,
    )
  const returns = numbers(own, returnOf)
  const steady = keepaliveS > 0 && isSteady(returns, 0.03, 6000) && isOwnReturn(returns[0] ?? 0, keepaliveS)
  if (steady && survivedMs < 900 * keepaliveS)
    scales.contra(
      2,
      `it came back ${spreadWords(returns)} after its last packet each time, as a client does whose pings are not answered`,
    )
  else if (
    back.medianMs > 5000 &&
    !isSteady(
      numbers(own, ({ backMs }) => backMs),
      0.1,
      3000,
    )
  )
    scales.pro(1, `it was away for ${spreadWords(back)}, each time another length`)
}
