import { keepalives } from '../model/duration.ts'
import type { PacketName, PacketSummary } from '../model/event.ts'
import {
  CLIENT_LATEST_UNKNOWN,
  clause,
  longestSilence,
  SERVER_EARLIEST,
  SERVER_GRANULARITY_UNKNOWN,
  SERVER_TIMEOUT,
} from '../timing/spec.ts'
import type { WireDialect } from './wire-dialect.ts'

/** MQTT 3.1.1 and 5.0 §3.12 (PINGREQ), §3.8, §3.10, §4.3.3 (QoS 2, both ways). */
const ANSWERS: Readonly<Partial<Record<string, PacketName>>> = {
  pingreq: 'pingresp',
  subscribe: 'suback',
  unsubscribe: 'unsuback',
  pubrec: 'pubrel',
  pubrel: 'pubcomp',
}

/** §4.3.1: a PUBLISH of QoS 0 wants no answer. */
function answerTo({ cmd, qos, code = 0 }: PacketSummary): PacketName | undefined {
  if (cmd === 'publish') return qos === 1 ? 'puback' : qos === 2 ? 'pubrec' : undefined
  // MQTT 5.0 §3.5.2.1: a PUBREC that refuses the message ends the exchange.
  return cmd === 'pubrec' && code >= 0x80 ? undefined : ANSWERS[cmd]
}

export const mqttWire: WireDialect = {
  name: 'mqtt',
  title: 'MQTT',
  summary: 'MQTT 3.1.1 and 5.0: a client that has nothing to say sends PINGREQ, and the broker answers PINGRESP',
  words: { accepted: 'CONNACK', ping: 'PINGREQ' },
  identifies: ({ cmd }) => cmd === 'connect',
  accepts: ({ cmd, code = 0 }) => cmd === 'connack' && code === 0,
  refuses: ({ cmd, code = 0 }) => cmd === 'connack' && code !== 0,
  // What it publishes is none: clients may not count it (MQTT.js #1861).
  isAnswer: ({ cmd }) => cmd !== 'publish',
  answerTo,
  pings: ['pingreq'],
  rules: (protocol, keepaliveMs) => ({
    pings: {
      earliest: keepalives(0),
      latest: longestSilence(keepaliveMs),
      source: `min(K + 1 s, 1.5K), ${clause('clientPings', protocol)}`,
    },
    brokerDrops: {
      earliest: SERVER_EARLIEST,
      latest: { k: SERVER_TIMEOUT.k, ms: SERVER_TIMEOUT.ms + SERVER_GRANULARITY_UNKNOWN.ms },
      source: clause('serverDrops', protocol),
    },
    clientGivesUp: {
      earliest: keepalives(0),
      latest: CLIENT_LATEST_UNKNOWN,
      source: `${clause('clientGivesUp', protocol)} gives no number`,
    },
    answered: clause('pingAnswered', protocol),
    imposed: clause('serverKeepAlive', 5),
  }),
}
