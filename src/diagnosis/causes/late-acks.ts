import { plural } from '../../text/words.ts'
import { type Cause, type IdleBounds, Scales } from '../cause.ts'
import { lengthWords } from '../dates.ts'

/** A box that lets nothing in until the client speaks: Google Cloud's VPC, stateful rules on Linux (src/middleboxes). */
export const lateAcks: Cause = {
  name: 'downlink-dead',
  weigh({ clients, atLeast }) {
    const all = clients.map(each => each.lateAcks)
    const late = all.reduce((sum, each) => sum + each.late, 0)
    if (late < atLeast) return undefined
    const prompt = all.reduce((sum, each) => sum + each.prompt, 0)
    const withNext = all.reduce((sum, each) => sum + each.withNext, 0)
    const slowest = Math.max(...all.map(({ slowestMs }) => slowestMs))
    const above = Math.max(...all.map(({ promptAfterMs }) => promptAfterMs))
    const atMost = Math.min(...all.map(({ lateAfterMs }) => lateAfterMs))
    const scales = new Scales(
      'the way down is dead until the client speaks: an idle time-out that blocks what comes from outside only',
      3,
    )
    scales.pro(
      2,
      `${late} of ${late + prompt} messages of QoS 1 or 2 were acknowledged late, up to ${lengthWords(slowest)} after they were sent`,
    )
    if (withNext >= 0.8 * late)
      scales.pro(
        2,
        `${withNext === late ? 'all of them' : `${withNext} of them`} came with the client's next packet (its PINGREQ): its own packets opened the way again`,
      )
    else scales.contra(2, `only ${withNext} of them came with the client's next packet`)
    if (prompt > 0 && above < atMost)
      scales.pro(
        2,
        `those sent ${lengthWords(above)} after the last packet or sooner were acknowledged at once, those sent ${lengthWords(atMost)} after the client's last packet or later were not`,
      )
    else if (prompt > 0)
      scales.contra(
        3,
        `messages sent after ${lengthWords(above)} of silence were acknowledged at once, though others after ${lengthWords(atMost)} were not`,
      )
    const bounds: IdleBounds[] =
      above < atMost
        ? [{ aboveMs: prompt > 0 ? above : 0, atMostMs: atMost, behaviour: 'inbound-only', count: late, like: [] }]
        : []
    return scales.done({
      bounds,
      advice: [
        `a keep-alive below ${lengthWords(above < atMost && prompt > 0 ? above : atMost)} keeps the way open; TCP keep-alive probes from the client do too`,
      ],
      next: [
        `halfopen probe on the client's path; or a capture at the broker: are PUBLISH packets sent again by TCP (${plural(late, 'message')})?`,
      ],
    })
  },
}
