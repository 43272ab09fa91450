import { type Cause, Scales } from '../cause.ts'
import { lengthWords, spreadWords } from '../dates.ts'
import { livesOf, medianBack } from '../log-facts.ts'
import { isSteady } from '../tally.ts'

/** What a client sees when its network or its broker is gone for a while: no answer to a ping, at no fixed time. */
export const networkLost: Cause = {
  name: 'network-lost',
  weigh({ unanswered, keepaliveS = 0, survived, upGaps, atLeast }) {
    const own = unanswered.filter(({ together }) => !together)
    if (own.length < atLeast) return undefined
    const scales = new Scales(
      "the network between client and broker, or the broker, was gone for a while (Wi-Fi, router, provider, the broker's host)",
      4,
    )
    const keepaliveMs = 1000 * keepaliveS
    if (keepaliveS > 0 && survived.mostMs >= 0.95 * keepaliveMs - 1000)
      scales.pro(
        2,
        `silences of ${lengthWords(survived.mostMs)} were survived (${Math.max(1, upGaps.atLeast(0.95 * keepaliveMs - 1000))} times about K), so the path bears them`,
      )
    const lives = livesOf(own)
    if (lives.length >= 3 && !isSteady(lives, 0.1, 10_000))
      scales.pro(1, `its sessions lasted ${spreadWords(lives)}: no fixed time`)
    else if (lives.length >= 3)
      scales.contra(3, `its sessions lasted ${spreadWords(lives)}: always about the same time`)
    else if (survived.count === 0) return undefined
    const back = medianBack(own)
    if (back && back.medianMs > 30_000)
      scales.pro(1, `no new connection worked for ${spreadWords(back)}: more than the old connection was dead`)
    return scales.done({
      advice: [
        "look at the client's network at these dates (Wi-Fi signal, router, provider) and at the broker's own log: does it time the client out at the same time?",
      ],
      next: [
        "the broker's log at these dates: a keep-alive time-out of this client says that its pings did not arrive",
        'other clients of the same network at these dates: were they lost too?',
      ],
    })
  },
}
