import { randomBytes } from 'node:crypto'
import { keepalives } from '../model/duration.ts'
import { CLIENT_LATEST_UNKNOWN, longestSilence, SERVER_GRANULARITY_UNKNOWN } from '../timing/spec.ts'
import { OPENING_BYTE, UpgradeHead } from '../websocket/upgrade-head.ts'
import { WebSocketReader } from './websocket/websocket-reader.ts'
import type { Introduced, Introduction, WireDialect, WireRules } from './wire-dialect.ts'

const PING_CLAUSE = 'RFC 6455 §5.5.2'

/**
 * §5.5.2 and §5.5.3 say that a ping is answered by a pong, and give no interval and no limit. These are of the two libraries that are
 * here: a ping each K, and K to answer it (websockets 17.4, asyncio/connection.py, keepalive(), with ping_interval and ping_timeout of K;
 * ws 8, README, "How to detect and close broken connections": no pong from one ping to the next).
 */
const NO_NUMBER = 'gives no number; a ping each K, and K to answer it, as websockets and ws do'

/** Milliseconds that scheduling may add at the early end. */
const EARLY_MS = 100

export const websocketWire: WireDialect = {
  name: 'websocket',
  title: 'WebSocket ping and pong',
  summary:
    'a WebSocket that carries anything but MQTT: either side sends pings, and the other answers each with a pong',
  reading: {
    opens,
    reader: (_talk, flow) => new WebSocketReader(flow),
    introduction,
  },
  words: { accepted: 'HTTP 101 Switching Protocols', ping: 'ping' },
  identifies: ({ cmd }) => cmd === 'websocket:request',
  accepts: ({ cmd, code }) => cmd === 'websocket:response' && code === 101,
  refuses: ({ cmd, code = 0 }) => cmd === 'websocket:response' && code >= 200,
  closes: ({ cmd }) => cmd === 'websocket:close',
  isAnswer: () => true,
  answerTo: ({ cmd }) => (cmd === 'websocket:ping' ? 'websocket:pong' : undefined),
  pings: ['websocket:ping', 'websocket:pong'],
  beat: keepalives(1),
  rules: (_protocol, keepaliveMs): WireRules => ({
    pings: {
      earliest: keepalives(0),
      latest: longestSilence(keepaliveMs),
      source: `min(K + 1 s, 1.5K), ${PING_CLAUSE}, §5.5.3: one side pings each K, and the other answers`,
    },
    // The last frame that it got may have come as late as just before its ping.
    brokerDrops: {
      earliest: keepalives(1, -EARLY_MS),
      latest: keepalives(2, SERVER_GRANULARITY_UNKNOWN.ms),
      source: `${PING_CLAUSE} ${NO_NUMBER}`,
    },
    clientGivesUp: {
      earliest: keepalives(0),
      latest: CLIENT_LATEST_UNKNOWN,
      source: `${PING_CLAUSE} ${NO_NUMBER}`,
    },
    answered: PING_CLAUSE,
    imposed: `${PING_CLAUSE}: nobody imposes an interval`,
  }),
}

/** MQTT 3.1.1 and 5.0 [MQTT-6.0.0-3]: its clients must name `mqtt` among their subprotocols. Those of 3.1 wrote `mqttv3.1`. */
const MQTT = /^mqtt/i

/**
 * Once the request is whole: it asks for subprotocols, and none of them is MQTT's; or for none, and its address says the interval. One that
 * says neither may be a client of MQTT that forgot its subprotocol.
 */
function opens(start: Buffer): boolean | undefined {
  if (start.length > 0 && start[0] !== OPENING_BYTE.up) return false
  const { bytes, seen, query = '', damage } = new UpgradeHead('up').push(start)
  if (damage !== undefined) return false
  if (bytes === undefined) return undefined
  const { protocols = [] } = seen ?? {}
  return protocols.length > 0 ? !protocols.some(name => MQTT.test(name)) : new URLSearchParams(query).has('keepalive')
}

/** RFC 6455 §4.1. */
function introduction({ clientId, keepaliveS }: Introduced): Introduction {
  const lines = [
    `GET /?clientid=${encodeURIComponent(clientId)}&keepalive=${keepaliveS} HTTP/1.1`,
    'Host: localhost',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    'Sec-WebSocket-Version: 13',
  ]
  return { first: Buffer.from(`${lines.join('\r\n')}\r\n\r\n`) }
}
