import { plural } from '../../text/words.ts'
import { type Cause, Scales } from '../cause.ts'
import { lengthWords, spreadWords } from '../dates.ts'
import { medianBack, ownTimeouts } from '../log-facts.ts'

/** Pings that arrive, but later than K: a busy client, or a slow path. */
export const latency: Cause = {
  name: 'keepalive-too-short',
  weigh(facts) {
    const { keepaliveS = 0, upGaps, slackMs, atLeast } = facts
    const own = [...ownTimeouts(facts), ...facts.unanswered]
    if (own.length < atLeast || keepaliveS === 0) return undefined
    // libmosquitto's clock has whole seconds: a ping may be a second late without being so.
    const limitMs = Math.max(1150 * keepaliveS, 1000 * keepaliveS + slackMs)
    const late = upGaps.atLeast(limitMs)
    if (late < atLeast || upGaps.mostMs < limitMs) return undefined
    const scales = new Scales(
      `the keep-alive of ${keepaliveS} s is too short for this client or path: pings come late`,
      3,
    )
    scales.pro(
      2,
      `${plural(late, 'time')} its next packet came later than K, up to ${lengthWords(upGaps.mostMs)}, and was just in time for 1.5K`,
    )
    if (keepaliveS <= 10) scales.pro(1, `K = ${keepaliveS} s leaves ${lengthWords(500 * keepaliveS)} for a late packet`)
    const back = medianBack(own)
    if (back && back.medianMs <= 12_000) scales.pro(1, `it was back ${spreadWords(back)} later`)
    if (late > 0.5 * upGaps.count) scales.pro(2, `it is so most of the time: ${late} of ${upGaps.count}`)
    if (late < 0.02 * upGaps.count) scales.contra(1, `that is rare: ${late} of ${upGaps.count}`)
    return scales.done({
      advice: ['take a longer keep-alive, or find out what keeps the client from sending in time'],
      next: ['the round-trip time between client and broker, and the load of the client, at these dates'],
    })
  },
}
