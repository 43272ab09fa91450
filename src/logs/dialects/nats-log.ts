/**
 * NATS server 2.10 to 2.14 with its MQTT listener, `-D`: `127.0.0.1:5 - mid:6 - "id" - Client connected` and `Client connection closed:
 * REASON` in server/mqtt.go and server/client.go; the reasons are those of ClosedState.String in server/monitor.go. A deadline that ran
 * out (1.5K) and an RST are both `Read Error` there (client.go closedStateForErr), and DISCONNECT and a mere FIN are both `Client Closed`
 * (mqtt.go, at mqttPacketDisconnect), so the log does not tell the one from the other.
 */
import { type Dialect, ended, hostOf, howIn, NOTHING, type Told } from '../dialect.ts'
import type { EndHow } from '../log-event.ts'

export const nats: Dialect = {
  name: 'nats',
  title: 'NATS server',
  seenBy: 'broker',
  read,
  dates: 'logtime: true in its configuration lets it write them',
  packets: 'trace: true',
  looksLike: text => text.includes(' - mid:') || /\bnats-server\b/.test(text),
}

const REASONS: Readonly<Record<string, EndHow>> = {
  'Client Closed': 'unknown',
  'Read Error': 'unknown',
  'Write Error': 'closed',
  'Stale Connection': 'timeout',
  'Duplicate Client ID': 'taken-over',
  'Protocol Violation': 'error',
  'Parse Error': 'error',
  'Maximum Payload Exceeded': 'error',
  'Server Shutdown': 'broker',
  Kicked: 'broker',
}
const REFUSED = new Set(['Authentication Failure', 'Authentication Timeout', 'Authorization Violation'])

const CONNECTED = 'Client connected'
const CLOSED = 'Client connection closed: '

function read(text: string): readonly Told[] | undefined {
  const mark = text.indexOf(' - mid:')
  if (mark < 0) return undefined
  const address = text.slice(text.lastIndexOf(' ', mark - 1) + 1, mark)
  const opening = text.indexOf(' - "', mark + 7)
  const closing = text.lastIndexOf('" - ')
  if (opening < 0 || closing < opening + 4) return NOTHING
  const client = text.slice(opening + 4, closing).replaceAll('\\"', '"')
  const words = text.slice(closing + 4)
  if (words === CONNECTED) return [{ what: 'connect', client, address: hostOf(address) }]
  if (!words.startsWith(CLOSED)) return NOTHING
  const reason = words.slice(CLOSED.length)
  if (REFUSED.has(reason)) return [{ what: 'refused', client, reason, address: hostOf(address) }]
  return [ended(client, howIn(REASONS, reason), reason)]
}
