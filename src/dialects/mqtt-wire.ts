import { keepalives } from '../model/duration.ts'
import {
  CLIENT_LATEST_UNKNOWN,
  clause,
  longestSilence,
  SERVER_EARLIEST,
  SERVER_GRANULARITY_UNKNOWN,
  SERVER_TIMEOUT,
} from '../timing/spec.ts'
import type { WireDialect } from './wire-dialect.ts'

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
