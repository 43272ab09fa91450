import { plural } from '../../text/words.ts'
import { type Cause, Scales } from '../cause.ts'
import { isEarly } from '../clusters.ts'
import { lengthWords, spreadWords } from '../dates.ts'
import { numbers, sinceHeard } from '../log-facts.ts'

/** Mosquitto 2.0.21 cut clients whose K equalled max_keepalive at once (eclipse-mosquitto#3226); #3138 before. */
export const tooEarly: Cause = {
  name: 'broker-too-early',
  weigh(facts) {
    const { timeouts, keepaliveS = 0, survived, atLeast, packetsLog } = facts
    const early = timeouts.filter(record => isEarly(record) && !record.together)
    if (early.length === 0 || keepaliveS === 0) return undefined
    const scales = new Scales(
      'the broker ends connections too early for 1.5K: its clock, its version, or lines that are missing from this log',
      early.length >= atLeast && early.length >= timeouts.length * 0.6 ? 9 : 2,
    )
    const since = early.some(({ lagMs }) => lagMs !== undefined) ? 'its last packet' : 'CONNECT'
    scales.pro(
      0,
      `the broker timed it out ${spreadWords(numbers(early, sinceHeard))} after ${since} (${plural(early.length, 'time')}), long before 1.5K = ${1.5 * keepaliveS} s, which the broker has to wait ([MQTT-3.1.2-24] of MQTT 3.1.1)`,
    )
    const shortest = Math.min(...numbers(early, sinceHeard))
    if (survived.mostMs >= shortest && survived.mostMs > 0)
      scales.pro(
        1,
        `silences of ${lengthWords(survived.mostMs)} were survived, longer than the ${lengthWords(shortest)} after which it was ended: no idle time-out explains that`,
      )
    return scales.done({
      advice: [
        "look at the broker: its version (Mosquitto 2.0.21 ended clients too early), the keep-alive that it imposes (Mosquitto: max_keepalive), and whether the machine's clock was set (chronyc, timedatectl, the hypervisor)",
      ],
      next: [
        `${packetsLog}: are packets missing from this one?`,
        "the system's log at these dates: was the clock set, was the machine suspended?",
      ],
    })
  },
}
