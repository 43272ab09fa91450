import { plural } from '../../text/words.ts'
import { type Cause, Scales } from '../cause.ts'
import { spreadWords } from '../dates.ts'
import { numbers } from '../log-facts.ts'

/** EMQX 5.1 to 5.7.1 waits up to 3K (emqx#13315), RabbitMQ and VerneMQ up to 2.25K; no broker known waits longer. */
export const brokerLate: Cause = {
  name: 'broker-too-late',
  weigh({ packetsLog, timeouts, keepaliveS = 0, atLeast }) {
    if (keepaliveS === 0) return undefined
    const late = timeouts.filter(({ lagMs, together }) => !together && (lagMs ?? 0) > 3000 * keepaliveS + 10_000)
    if (late.length < atLeast) return undefined
    const lags = numbers(late, ({ lagMs }) => lagMs)
    return new Scales(
      'the broker ends silent connections too late, or packets of the client are missing from this log',
      late.length >= 0.7 * timeouts.length ? 6 : 4,
    )
      .pro(
        1,
        `${plural(late.length, 'time')} it waited ${spreadWords(lags)} after the last packet that is logged, where 1.5K = ${1.5 * keepaliveS} s`,
      )
      .done({
        next: [
          `${packetsLog}: are packets of the client missing from this one?`,
          "the broker's load, and whether its host was suspended",
        ],
      })
  },
}
