import { keepalives } from '../model/duration.ts'
import { longestSilence, SERVER_GRANULARITY_UNKNOWN } from '../timing/spec.ts'
import { GREETING, introduction } from './amqp/amqp-introduction.ts'
import { AmqpReader } from './amqp/amqp-reader.ts'
import type { WireDialect, WireRules } from './wire-dialect.ts'

const CLAUSE = 'AMQP 0-9-1 §4.2.7'

/**
 * §4.2.7: any octet counts; a side that has sent none for an interval sends a heartbeat, and one that has received none for two
 * intervals or longer closes. The clause names no latest moment: RabbitMQ 3.10.8 (rabbit_heartbeat.erl) and amqplib 2.3.1
 * (lib/heartbeat.js) look once an interval, and see it at the second look that finds nothing, up to an interval later.
 */
const TWO_INTERVALS = 'for two intervals or longer; by a look each interval, up to one later'

/** Milliseconds that scheduling may add: at the late end as much as for a broker of MQTT that was not measured, at the early end less. */
const LATE_MS = SERVER_GRANULARITY_UNKNOWN.ms
const EARLY_MS = 100

export const amqpWire: WireDialect = {
  name: 'amqp',
  title: 'AMQP 0-9-1',
  summary: 'AMQP 0-9-1: both sides send heartbeats by themselves, and close after two intervals without an octet',
  reading: {
    // No packet of MQTT begins with this byte, nor does a request of HTTP's GET.
    opens: start => (start.length === 0 ? undefined : start[0] === GREETING[0]),
    reader: (talk, flow) => new AmqpReader(talk, flow),
    introduction,
  },
  words: { accepted: 'connection.open-ok', ping: 'heartbeat' },
  identifies: ({ cmd }) => cmd === 'amqp:connection.start-ok',
  accepts: ({ cmd }) => cmd === 'amqp:connection.open-ok',
  refuses: ({ cmd }) => cmd === 'amqp:connection.close',
  isAnswer: () => true,
  answerTo: () => undefined,
  pings: ['amqp:heartbeat'],
  beat: keepalives(1),
  rules: (_protocol, keepaliveMs): WireRules => ({
    pings: {
      earliest: keepalives(0),
      latest: longestSilence(keepaliveMs),
      source: `min(K + 1 s, 1.5K), ${CLAUSE}: a heartbeat where nothing was sent for an interval`,
    },
    brokerDrops: {
      earliest: keepalives(2, -EARLY_MS),
      latest: keepalives(3, LATE_MS),
      source: `${CLAUSE}: no octet ${TWO_INTERVALS}`,
    },
    // The last octet may have come an interval before the path died.
    clientGivesUp: {
      earliest: keepalives(1, -EARLY_MS),
      latest: keepalives(3, LATE_MS),
      source: `${CLAUSE}: no octet ${TWO_INTERVALS}, less the interval that may have passed before`,
    },
    answered: CLAUSE,
    imposed: 'AMQP 0-9-1 connection.tune-ok',
  }),
}
