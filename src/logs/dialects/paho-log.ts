/**
 * What the Paho libraries write of themselves. Python: src/paho/mqtt/client.py `_easy_log` (`Sending CONNECT (u1, p1, wr0, wq0,
 * wf0, c1, k60) client_id=b'x'`, `Received CONNACK (0, 0)`). C: src/MQTTProtocolClient.c (`PINGRESP not received in keepalive
 * interval for client %s on socket %d, disconnecting`), and src/Messages.c with MQTT_C_CLIENT_TRACE_LEVEL=PROTOCOL (`3 x -> CONNECT
 * version 4 clean: 1 (0)`, `3 x <- CONNACK rc: 0`: socket, client id, direction; the keep-alive is not told). Go: ping.go (`pingresp not received, disconnecting`). Java has a file of its own.
 */
import { between, type Dialect, ended, NOTHING, packet, type Told } from '../dialect.ts'

const ONE = 'this client'

export const paho: Dialect = {
  name: 'paho',
  title: "a Paho client's logger",
  seenBy: 'client',
  oneClient: ONE,
  read: reader(),
  fresh: () => ({ read: reader() }),
  dates: 'The logger of the program around it writes them where its format has them: in Python %(asctime)s',
  looksLike: text =>
    (C_SOCKET.test(text) && C_TRACE.test(text)) ||
    /\bpaho\b|\b(?:Sending|Received) (?:CONNECT|CONNACK|PINGREQ|PINGRESP)\b/i.test(text),
}

const PASSED =
  /^(Sending|Received) (PINGREQ|PINGRESP|PUBLISH|PUBACK|PUBREC|PUBREL|PUBCOMP|SUBSCRIBE|SUBACK|UNSUBSCRIBE|UNSUBACK|DISCONNECT)\b(.*)$/
const C_TRACE =
  / (->|<-) (CONNECT|CONNACK|PINGREQ|PINGRESP|PUBLISH|PUBACK|PUBREC|PUBREL|PUBCOMP|SUBSCRIBE|SUBACK|UNSUBSCRIBE|UNSUBACK|DISCONNECT)\b/
const C_SOCKET = /^\d{1,6} /
const PING_LOST = /PINGRESP not received in keepalive interval for client|pingresp not received, disconnecting/i
const BROKEN = /^failed to receive on socket: |^Connection lost(?: \(32109\)|: )/i

function reader(): Dialect['read'] {
  let client = ONE
  let keepaliveS: number | undefined
  return text => {
    const details = text.startsWith('Sending CONNECT (') ? between(text, '(', ') client_id=') : undefined
    if (details !== undefined) {
      keepaliveS = Number(/, k(\d{1,5})$/.exec(details)?.[1] ?? 0)
      const given = text.slice(text.indexOf(') client_id=') + 12)
      client = given.replace(/^b?['"]/, '').replace(/['"]$/, '') || ONE
      return NOTHING
    }
    const code = /^Received CONNACK \(\d+, (.*)\)$/.exec(text)?.[1]
    if (code !== undefined) return connack(client, keepaliveS, code)
    if (PING_LOST.test(text))
      return [ended(between(text, 'for client ', ' on socket') ?? client, 'ping-unanswered', 'no PINGRESP')]
    if (BROKEN.test(text)) return [ended(client, /reset|104/.test(text) ? 'rst' : 'closed', text.slice(0, 80))]
    return passed(client, text) ?? traced(text) ?? inGo(client, text)
  }
}

function connack(client: string, keepaliveS: number | undefined, code: string): readonly Told[] {
  if (code !== '0' && code !== 'Success') return [{ what: 'refused', client, reason: `CONNACK ${code}` }]
  return [{ what: 'connect', client, ...(keepaliveS === undefined ? {} : { keepaliveS }) }]
}

function passed(client: string, text: string): readonly Told[] | undefined {
  const [, way, cmd = '', rest = ''] = PASSED.exec(text) ?? []
  if (way === undefined || / (?:to|from) \S/.test(rest.slice(0, 6))) return undefined
  const flow = way === 'Sending' ? 'up' : 'down'
  if (cmd === 'DISCONNECT' && flow === 'up')
    return [packet('up', 'DISCONNECT', client), ended(client, 'disconnect', 'DISCONNECT')]
  const told = packet(flow, cmd, client)
  const mid = /\bm(?:id)?:? ?(\d{1,5})|Mid: (\d{1,5})/i.exec(rest)
  const qos = /\bq([012])\b/.exec(rest)?.[1]
  return [
    {
      ...told,
      ...(mid ? { mid: Number(mid[1] ?? mid[2]) } : {}),
      ...(qos === undefined ? {} : { qos: Number(qos) }),
    },
  ]
}

/** Paho Go with mqtt.DEBUG set: ping.go and net.go (`[pinger] keepalive sending ping`, `[net] received pingresp`). */
function inGo(client: string, text: string): readonly Told[] | undefined {
  const words = GO.exec(text)?.[1]
  if (words === undefined) return undefined
  if (/^keepalive sending ping/.test(words)) return [packet('up', 'PINGREQ', client)]
  if (/(?:^|: )received pingresp/.test(words)) return [packet('down', 'PINGRESP', client)]
  if (/(?:^|: )received publish/.test(words)) return [packet('down', 'PUBLISH', client)]
  return /^client is connected/.test(words) ? [{ what: 'connect', client }] : NOTHING
}

const GO = /^\[(?:pinger|net|client|router|store|memorystore|filestore|msgids|test)\] +(\S.*)?$/

/** Paho C's trace: one line for each packet of each client of the program. */
function traced(text: string): readonly Told[] | undefined {
  const lost = between(text, 'Socket error for client identifier ', ', socket ')
  if (lost !== undefined) return [ended(lost, 'closed', 'socket error')]
  const socket = C_SOCKET.exec(text)
  const found = socket && C_TRACE.exec(text)
  if (!found) return undefined
  const [arrow, way, cmd = ''] = found
  const client = text.slice(socket[0].length, found.index)
  const rest = text.slice(found.index + arrow.length)
  const flow = way === '->' ? 'up' : 'down'
  if (cmd === 'CONNECT') return NOTHING
  if (cmd === 'CONNACK') return connack(client, undefined, /rc: (-?\d{1,3})/.exec(rest)?.[1] ?? '')
  const qos = /\bqos: ([012])/.exec(rest)?.[1]
  const mid = /\bmsgid:? ?(\d{1,5})/.exec(rest)?.[1]
  const told = packet(flow, cmd, client, number(qos), number(mid))
  return cmd === 'DISCONNECT' && flow === 'up' ? [told, ended(client, 'disconnect', 'DISCONNECT')] : [told]
}

const number = (digits: string | undefined): number | undefined => (digits === undefined ? undefined : Number(digits))
