/**
 * EMQX 4 and 5, text and JSON. 5: `?TRACE("MQTT", "mqtt_packet_received", ...)` in apps/emqx/src/emqx_channel.erl,
 * `?tp(info, terminate, #{reason => Reason})` in emqx_connection.erl, written by emqx_logger_textfmt.erl (before 5.4 as
 * `[MQTT] id@peer msg: ..., packet: ...`); emqx#11837, #12233, discussion of 2025-07. 4: `[debug] id@peer [MQTT] RECV
 * CONNECT(...)` and `[Protocol] Shutdown for keepalive_timeout` (emqx#12233, #3076, #2152).
 */
import { between, type Dialect, ended, howIn, NOTHING, packet, type Told } from '../dialect.ts'
import type { EndHow } from '../log-event.ts'

export const emqx: Dialect = {
  name: 'emqx',
  title: 'EMQX',
  seenBy: 'broker',
  read,
  readJson,
  looksLike,
  packets: 'level debug, or a trace',
}

const LEVEL = /^\[[A-Za-z]{3,12}\] /
const PACKET = /(?:packet: |\[MQTT\] )?(?:RECV |SEND )?([A-Z]{4,11})\(Q([012]), R[01], D[01]/
const NEXT_KEY = /, [a-z_]{2,20}: /
const ENDED_4 = /\] (?:Terminated (?:due to|for) |Shutdown for |Force to close the socket due to )(\S+)/

function read(text: string): readonly Told[] | undefined {
  const level = LEVEL.exec(text)?.[0].length
  if (level === undefined) return undefined
  if (text.startsWith('Client(', level)) return veryOld(text, level)
  const isNew = text.includes('msg: ')
  if (!isNew && !text.includes('] ', level)) return undefined
  const who = isNew && text.includes('clientid: ') ? keyed(text) : named(text, level)
  if (!who) return undefined
  const told = isNew ? newWords(text, who) : oldWords(text, who)
  return told
}

interface Who {
  readonly client: string
  readonly address: string | undefined
}

/** `clientid: van-12, msg: ..., peername: 10.2.0.9:44100, ...` in any order. */
function keyed(text: string): Who | undefined {
  const client = valueAt(text, 'clientid: ')
  return client === undefined ? undefined : { client: unquoted(client), address: valueAt(text, 'peername: ') }
}

function valueAt(text: string, key: string): string | undefined {
  const at = text.indexOf(key)
  if (at < 0) return undefined
  const rest = text.slice(at + key.length)
  const next = NEXT_KEY.exec(rest)
  return next ? rest.slice(0, next.index) : rest
}

/** `id@10.2.0.9:44100 [MQTT] ...` and `id@10.2.0.9:44100 msg: ...`. */
function named(text: string, from: number): Who | undefined {
  const to = text.includes(' msg: ') ? text.indexOf(' msg: ') : text.indexOf(' [', from)
  if (to <= from) return undefined
  const token = text.slice(from, to)
  const at = token.lastIndexOf('@')
  if (at > 0) return { client: unquoted(token.slice(0, at)), address: token.slice(at + 1) }
  // Before CONNECT is read there is the peer only; CONNECT itself names the client.
  const id = between(text, 'ClientId=', ', ProtoName=')
  return id === undefined ? undefined : { client: id, address: token }
}

const unquoted = (id: string): string => (id.startsWith('<<"') && id.endsWith('">>') ? id.slice(3, -3) : id)

/** 2: `[debug] Client(id@10.2.0.9:44100): RECV PINGREQ(...)`, emqttd's emqttd_client.erl (emqx#1655, #2118). */
function veryOld(text: string, level: number): readonly Told[] | undefined {
  const end = text.indexOf('): ', level)
  if (end < 0) return undefined
  const token = text.slice(level + 7, end)
  const at = token.lastIndexOf('@')
  const named = at < 0 ? 'undefined' : token.slice(0, at)
  const client = named === 'undefined' ? between(text, 'ClientId=', ', ProtoName=') : named
  if (client === undefined) return NOTHING
  const who = { client, address: token.slice(at + 1) }
  const words = text.slice(end + 3)
  const reason = /^(?:Shutdown|Terminated) for (\S+)/.exec(words)?.[1]
  if (reason !== undefined) return over(who, reason)
  return words.startsWith('RECV ')
    ? passed(text, who, 'up')
    : words.startsWith('SEND ')
      ? passed(text, who, 'down')
      : NOTHING
}

function newWords(text: string, who: Who): readonly Told[] | undefined {
  if (text.includes('msg: mqtt_packet_received')) return passed(text, who, 'up')
  if (text.includes('msg: mqtt_packet_sent')) return passed(text, who, 'down')
  if (!/msg: (?:terminate|emqx_connection_terminated)\b/.test(text)) return NOTHING
  return over(who, valueAt(text, 'reason: ') ?? '')
}

function oldWords(text: string, who: Who): readonly Told[] | undefined {
  const reason = ENDED_4.exec(text)?.[1]
  if (reason !== undefined) return over(who, reason)
  if (text.includes('] RECV ')) return passed(text, who, 'up')
  if (text.includes('] SEND ')) return passed(text, who, 'down')
  return /\[(?:MQTT|Protocol|Channel|Session|Connection|Broker)\]/.test(text) ? NOTHING : undefined
}

function passed(text: string, { client, address }: Who, flow: 'up' | 'down'): readonly Told[] {
  const [, cmd, qos] = PACKET.exec(text) ?? []
  // Bytes as they came: `RECV <<192,0>>`.
  if (cmd === undefined) return NOTHING
  if (cmd === 'CONNECT') {
    const keepalive = /KeepAlive=(\d{1,5})/.exec(text)?.[1]
    return [
      {
        what: 'connect',
        client,
        ...(address === undefined ? {} : { address }),
        ...(keepalive === undefined ? {} : { keepaliveS: Number(keepalive) }),
      },
    ]
  }
  if (cmd === 'CONNACK') return connack(text, client)
  const told = packet(flow, cmd, client)
  const mid = /PacketId=(\d{1,5})/.exec(text)?.[1]
  return [mid === undefined ? told : { ...told, mid: Number(mid), ...(cmd === 'PUBLISH' ? { qos: Number(qos) } : {}) }]
}

function connack(text: string, client: string): readonly Told[] {
  const code = Number(/ReasonCode=(\d{1,3})/.exec(text)?.[1] ?? 0)
  if (code === 0) return [packet('down', 'CONNACK', client)]
  const reason =
    code === 4 || code === 134
      ? 'bad user name or password'
      : code === 5 || code === 135
        ? 'not authorized'
        : `CONNACK ${code}`
  return [ended(client, 'broker', reason), { what: 'refused', client, reason }]
}

/** The atoms of emqx_channel.erl, emqx_connection.erl and Erlang's inet. */
const REASONS: Readonly<Record<string, EndHow>> = {
  keepalive_timeout: 'timeout',
  normal: 'disconnect',
  closed: 'closed',
  tcp_closed: 'closed',
  ssl_closed: 'closed',
  einval: 'closed',
  etimedout: 'closed',
  econnreset: 'rst',
  discarded: 'taken-over',
  takenover: 'taken-over',
  takeovered: 'taken-over',
  kicked: 'broker',
  frame_error: 'error',
  proto_error: 'error',
  protocol_error: 'error',
  not_authorized: 'broker',
}

function over({ client, address }: Who, given: string): readonly Told[] {
  const [reason = ''] = given.replace(/^\{(?:shutdown|ssl_error|sock_error),\s{0,4}/, '').split(/[},]/, 1)
  return [ended(client, howIn(REASONS, reason), reason, address)]
}

/** `log.*.formatter = json`: the same keys as an object (emqx_logger_jsonfmt.erl). */
function readJson(value: Readonly<Record<string, unknown>>): readonly Told[] | undefined {
  const { msg, clientid, peername, packet: sent, reason, level } = value
  if (typeof clientid === 'string' && typeof value.connected_at === 'number') return systemEvent(clientid, value)
  if (typeof msg !== 'string' || level === undefined) return undefined
  if (typeof clientid !== 'string') return typeof peername === 'string' ? NOTHING : undefined
  const parts = [`clientid: ${clientid}`, `msg: ${msg}`, `peername: ${String(peername)}`]
  if (typeof sent === 'string') parts.push(`packet: ${sent}`)
  if (reason !== undefined) parts.push(`reason: ${typeof reason === 'string' ? reason : JSON.stringify(reason)}`)
  return newWords(parts.join(', '), { client: clientid, address: typeof peername === 'string' ? peername : undefined })
}

const MARKS = ['emqx', 'emqtt', ', clientid: ', ' clientid: ', 'msg: mqtt_', ', mfa: ', ', peername: ', '] [MQTT] ']

function looksLike(text: string): boolean {
  return MARKS.some(mark => text.includes(mark))
}

/** What is published to `$SYS/brokers/NODE/clients/ID/connected` and `.../disconnected` (emqx_sys.erl, emqx_mod_presence.erl), and a rule's event. */
function systemEvent(client: string, value: Readonly<Record<string, unknown>>): readonly Told[] {
  const { ipaddress, peername, keepalive, reason, disconnected_at: endMs, connected_at: startMs } = value
  const address = [peername, ipaddress].find(each => typeof each === 'string') as string | undefined
  if (typeof endMs === 'number')
    return over({ client, address }, String(reason ?? 'closed')).map(each => ({ ...each, ownMs: endMs }))
  return [
    {
      what: 'connect',
      client,
      ownMs: Number(startMs),
      ...(address === undefined ? {} : { address }),
      ...(typeof keepalive === 'number' ? { keepaliveS: keepalive } : {}),
    },
  ]
}
