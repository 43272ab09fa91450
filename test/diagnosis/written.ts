/** What happened, in the words of each program: one writer a program, by the sources that its dialect names. */
import type { Generator, Happened, Known } from './known.ts'

/** How much a program logs. */
export type Logs = 'packets' | 'keepalive' | 'connects' | 'ends'

export interface Writer {
  readonly logs: Logs
  readonly refusals: boolean
  readonly addresses?: boolean
  /** Whether its clients have names; absent: yes. */
  readonly names?: false
  /** Whether it has a word for a client that breaks the protocol; absent: yes. */
  readonly errors?: false
  readonly write: (known: Known) => string
}

export const START_MS = Date.UTC(2024, 5, 1, 21, 40)
const ordered = ({ happened }: Known) =>
  happened.map((each, i) => ({ each, i })).toSorted((a, b) => a.each.s - b.each.s || a.i - b.i)
export const lines = (known: Known, line: (each: Happened, atMs: number) => readonly string[]): string =>
  `${ordered(known)
    .flatMap(({ each }) => line(each, START_MS + Math.round(each.s * 1000)))
    .join('\n')}\n`

type Stamp = (atMs: number) => string
export const iso = (atMs: number) => new Date(atMs).toISOString()
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const clock = (atMs: number) => iso(atMs).slice(11, 19)
const syslog = (atMs: number) => {
  const date = new Date(atMs)
  return `${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${clock(atMs)}`
}
const seconds = (atMs: number) => Math.floor(atMs / 1000)

export const STAMPS: Readonly<Record<string, Stamp>> = {
  packedDash: atMs => `${iso(atMs).slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}: `,
  packedT: atMs => `${iso(atMs).slice(0, 19).replaceAll(/[-:]/g, '')}Z: `,
  log4j: atMs => `${iso(atMs).slice(0, 10).replaceAll('-', '')} ${clock(atMs)}: `,
  underscore: atMs => `${iso(atMs).slice(0, 19).replace('T', '_')}: `,
  epoch: ms => `${seconds(ms)}: `,
  iso: ms => `${iso(ms).slice(0, 19)}: `,
  isoZone: ms => `${iso(ms).slice(0, 19)}+0000: `,
  addon: ms => `${iso(ms).slice(0, 10)} ${clock(ms)}: `,
  milliseconds: ms => `${iso(ms).slice(0, 23)}: `,
  timeOfDay: ms => `${clock(ms)}: `,
  syslog: ms => `${syslog(ms)} hub mosquitto[811]: `,
  syslogAddon: ms => `${syslog(ms)} mail addon_core_mosquitto[789]: ${iso(ms).slice(0, 10)} ${clock(ms)}: `,
  journalIso: ms => `${iso(ms).slice(0, 19)}+0000 hub mosquitto[812]: ${seconds(ms)}: `,
  rfc5424: ms => `<30>1 ${iso(ms)} hub mosquitto 812 - - `,
  compose: ms => `mosquitto-1  | ${seconds(ms)}: `,
  composeIso: ms => `mosquitto  | ${iso(ms).slice(0, 19)}: `,
  docker: ms => `${iso(ms).slice(0, 23)}456789Z ${seconds(ms)}: `,
  kubectl: ms => `[pod/mosquitto-0/mosquitto] ${iso(ms).slice(0, 19)}Z ${seconds(ms)}: `,
  cri: ms => `${iso(ms).slice(0, 23)}456789Z stdout F ${seconds(ms)}: `,
  snap: ms => `${iso(ms).slice(0, 19)}Z mosquitto.mosquitto[812]: ${seconds(ms)}: `,
  dozzle: ms => `${clock(ms)}:: ${seconds(ms)}: `,
  colours: ms => `\u001b[36mmosquitto  |\u001b[0m ${seconds(ms)}: `,
}

/** Around whole lines. */
function mosquittoLine(version: '1.4' | '2.0' | '2.1', packets: boolean) {
  const where = ({ ip, port }: Happened) => (version === '1.4' ? ip : `${ip}:${port}`)
  const suffix = (each: Happened) => (version === '2.1' ? ` [${each.ip}:${each.port}]` : '')
  const ends = (each: Happened): readonly string[] => {
    const client = `Client ${each.id}${suffix(each)}`
    switch (each.how) {
      case 'timeout':
        if (version === '2.1') return [`${client} disconnected: exceeded timeout.`]
        return [
          `${client} has exceeded timeout, disconnecting.`,
          ...(version === '1.4' ? [`Socket error on client ${each.id}, disconnecting.`] : []),
        ]
      case 'closed':
        if (version === '2.1') return [`${client} disconnected: connection closed by client.`]
        return [
          version === '1.4' ? `Socket error on client ${each.id}, disconnecting.` : `${client} closed its connection.`,
        ]
      case 'taken-over':
        return [
          version === '2.1'
            ? `${client} disconnected: session taken over.`
            : `Client ${each.id} already connected, closing old connection.`,
        ]
      case 'error':
        return [
          version === '2.1'
            ? `${client} disconnected: malformed packet.`
            : `${client} disconnected due to malformed packet.`,
        ]
      default:
        return [`${client} disconnected.`]
    }
  }
  return (each: Happened): readonly string[] => {
    const { id, k, cmd, mid } = each
    switch (each.what) {
      case 'socket':
        return [`New connection from ${where(each)} on port 1883.`]
      case 'connect':
        return [
          `New client connected from ${where(each)} as ${id} (${version === '1.4' ? '' : 'p2, '}c1, k${k}).`,
          ...(packets ? ['No will message specified.'] : []),
        ]
      case 'end':
        return ends(each)
      case 'refused':
        return [packets ? `Sending CONNACK to ${id} (0, 5)` : `Client ${id} disconnected, not authorised.`]
      default:
        if (!packets) return []
        if (cmd === 'CONNACK') return [`Sending CONNACK to ${id} (0, 0)`]
        if (cmd === 'PUBLISH')
          return [
            `${each.what === 'up' ? 'Received PUBLISH from' : 'Sending PUBLISH to'} ${id} (d0, q${mid === undefined ? 0 : 1}, r0, m${mid ?? 0}, 'a from b to c (d0', ... (12 bytes))`,
          ]
        if (cmd === 'PUBACK') return [`Received PUBACK from ${id} (Mid: ${mid}, RC:0)`]
        return [`${each.what === 'up' ? 'Received' : 'Sending'} ${cmd} ${each.what === 'up' ? 'from' : 'to'} ${id}`]
    }
  }
}

export const mosquitto =
  (version: '1.4' | '2.0' | '2.1', packets: boolean, stamp: Stamp) =>
  (known: Known): string => {
    const words = mosquittoLine(version, packets)
    return lines(known, (each, atMs) => words(each).map(line => stamp(atMs) + line))
  }

const emqxPacket = ({ what, cmd, id, k, mid }: Happened): string | undefined => {
  if (what === 'connect')
    return `CONNECT(Q0, R0, D0, ClientId=${id}, ProtoName=MQTT, ProtoVsn=4, CleanStart=true, KeepAlive=${k}, Username=undefined, Password=)`
  if (cmd === 'PUBLISH')
    return `PUBLISH(Q${mid === undefined ? 0 : 1}, R0, D0, Topic=a/b, PacketId=${mid ?? 'undefined'}, Payload=******)`
  if (cmd === 'PUBACK') return `PUBACK(Q0, R0, D0, PacketId=${mid}, ReasonCode=0)`
  if (cmd === 'CONNACK') return 'CONNACK(Q0, R0, D0, AckFlags=0, ReasonCode=0)'
  return cmd === undefined ? undefined : `${cmd}(Q0, R0, D0)`
}
const EMQX_REASON: Readonly<Record<string, string>> = {
  timeout: 'keepalive_timeout',
  closed: 'tcp_closed',
  'taken-over': 'discarded',
  disconnect: 'normal',
  error: 'frame_error',
}
const isUp = ({ what }: Happened) => what === 'connect' || what === 'up'

/** Each client has its own address in a line. */
function withPeers(known: Known, line: (each: Happened, atMs: number, peer: string) => readonly string[]): string {
  const peers = new Map<string, string>()
  return lines(known, (each, atMs) => {
    if (each.what === 'connect') peers.set(each.id ?? '', `${each.ip}:${each.port}`)
    return line(each, atMs, peers.get(each.id ?? '') ?? `${each.ip}:${each.port}`)
  })
}

const emqx5 = (known: Known) =>
  withPeers(known, (each, atMs, peer) => {
    const date = `${iso(atMs).slice(0, 23)}251+00:00`
    if (each.what === 'end')
      return [
        `${date} [debug] tag: SOCKET, clientid: ${each.id}, msg: emqx_connection_terminated, peername: ${peer}, reason: {shutdown,${EMQX_REASON[each.how ?? '']}}`,
        `${date} [info] clientid: ${each.id}, msg: terminate, peername: ${peer}, reason: {shutdown,${EMQX_REASON[each.how ?? '']}}`,
      ]
    const packet = emqxPacket(each)
    return packet === undefined
      ? []
      : [
          `${date} [debug] tag: MQTT, clientid: ${each.id}, msg: mqtt_packet_${isUp(each) ? 'received' : 'sent'}, peername: ${peer}, packet: ${packet}`,
        ]
  })

const emqx50 = (known: Known) =>
  withPeers(known, (each, atMs, peer) => {
    const date = `${iso(atMs).slice(0, 23)}251+00:00`
    if (each.what === 'end')
      return [
        `${date} [info] msg: terminate, mfa: emqx_connection:terminate/2, line: 668, peername: ${peer}, clientid: ${each.id}, reason: {shutdown,${EMQX_REASON[each.how ?? '']}}`,
      ]
    const packet = emqxPacket(each)
    return packet === undefined
      ? []
      : [`${date} [MQTT] ${each.id}@${peer} msg: mqtt_packet_${isUp(each) ? 'received' : 'sent'}, packet: ${packet}`]
  })

const emqx4 = (known: Known) =>
  withPeers(known, (each, atMs, peer) => {
    const date = iso(atMs).slice(0, 23).replace('T', ' ')
    if (each.what === 'end')
      return [
        `${date} [debug] ${each.id}@${peer} [MQTT] Terminated for {shutdown,${EMQX_REASON[each.how ?? '']}}`,
        `${date} [info] ${each.id}@${peer} [MQTT] Shutdown for ${EMQX_REASON[each.how ?? '']}`,
      ]
    const packet = emqxPacket(each)
    return packet === undefined
      ? []
      : [
          `${date} [debug] ${each.what === 'connect' ? '' : `${each.id}@`}${peer} [MQTT] ${isUp(each) ? 'RECV' : 'SEND'} ${packet}`,
        ]
  })

const emqxJson = (known: Known) =>
  withPeers(known, (each, atMs, peername) => {
    const base = { time: atMs * 1000, level: 'debug', clientid: each.id, peername }
    if (each.what === 'end')
      return [JSON.stringify({ ...base, msg: 'terminate', reason: `{shutdown,${EMQX_REASON[each.how ?? '']}}` })]
    const packet = emqxPacket(each)
    return packet === undefined
      ? []
      : [JSON.stringify({ ...base, msg: `mqtt_packet_${isUp(each) ? 'received' : 'sent'}`, packet })]
  })

const hivemq = (known: Known) =>
  lines(known, (each, atMs) => {
    const date = `${iso(atMs).slice(0, 23).replace('T', ' ').replace('.', ',')} - Client ID: ${each.id}, IP: ${each.ip}`
    if (each.what === 'connect') return [`${date}, Clean Start: true, Session Expiry: 0 connected.`]
    if (each.what !== 'end') return []
    if (each.how === 'timeout')
      return [`${date} was disconnected. reason: Client was idle for too long.`, `${date} disconnected ungracefully.`]
    if (each.how === 'taken-over')
      return [
        `${date} was disconnected. reason: Another client connected with the same client id (session taken over).`,
      ]
    return [each.how === 'disconnect' ? `${date} disconnected gracefully.` : `${date} disconnected ungracefully.`]
  })

const rabbitmq = (known: Known) => {
  let pid = 100
  return withPeers(known, (each, atMs, peer) => {
    const date = `${iso(atMs).slice(0, 23).replace('T', ' ')}112+00:00`
    const conn = `${peer} -> 10.0.0.2:1883`
    if (each.what === 'connect')
      return [`${date} [info] <0.${++pid}.0> accepting MQTT connection <0.${pid}.0> (${conn}, client id: ${each.id})`]
    if (each.what !== 'end') return []
    if (each.how === 'timeout')
      return [`${date} [error] <0.${pid}.0> closing MQTT connection "${conn}" (keepalive timeout)`]
    if (each.how === 'taken-over')
      return [`${date} [warning] <0.${pid}.0> MQTT disconnecting client "${conn}" with duplicate id '${each.id}'`]
    if (each.how === 'error')
      return [`${date} [error] <0.${pid}.0> MQTT protocol error malformed_packet for connection ${conn}`]
    if (each.how === 'closed')
      return [`${date} [info] <0.${pid}.0> MQTT connection "${conn}" will terminate because peer closed TCP connection`]
    return [`${date} [info] <0.${pid}.0> closing MQTT connection <0.${pid}.0> (${conn})`]
  })
}

const AWS_REASON: Readonly<Record<string, string>> = {
  timeout: 'MQTT_KEEP_ALIVE_TIMEOUT',
  closed: 'CONNECTION_LOST',
  'taken-over': 'DUPLICATE_CLIENTID',
  disconnect: 'CLIENT_INITIATED_DISCONNECT',
  error: 'CLIENT_ERROR',
}
const awsIot = (known: Known) =>
  lines(known, (each, timestamp) => {
    const base = {
      clientId: each.id,
      timestamp,
      sessionIdentifier: 'a4666d2a',
      principalIdentifier: 'x',
      versionNumber: 0,
    }
    if (each.what === 'connect') return [JSON.stringify({ ...base, eventType: 'connected', ipAddress: each.ip })]
    if (each.what !== 'end') return []
    return [
      JSON.stringify({
        ...base,
        eventType: 'disconnected',
        clientInitiatedDisconnect: each.how === 'disconnect',
        disconnectReason: AWS_REASON[each.how ?? ''],
      }),
    ]
  })

const moquette = (known: Known) =>
  lines(known, (each, atMs) => {
    const date = `${iso(atMs).slice(0, 23).replace('T', ' ')}  INFO 30908 --- [tLoopGroup-3-18] i.m.broker.metrics.MQTTMessageLogger     :`
    if (each.what === 'connect') return [`${date} C->B CONNECT <null>`, `${date} C<-B CONNACK <${each.id}>`]
    if (each.what === 'end' && each.how === 'timeout')
      return [
        `${iso(atMs).slice(0, 23).replace('T', ' ')}  WARN 30908 --- [tLoopGroup-3-18] i.m.broker.MQTTConnection : Close channel because it's inactive, passed keep alive. MqttClientId = ${each.id}.`,
      ]
    if (each.what === 'end') return each.how === 'disconnect' ? [] : [`${date} Channel closed <${each.id}>`]
    return each.cmd === undefined || each.cmd === 'CONNACK'
      ? []
      : [`${date} C${each.what === 'up' ? '->' : '<-'}B ${each.cmd} <${each.id}>`]
  })

/** vmq_mqtt_fsm.erl: `client ~p with username ~p stopped due to keepalive expired`, `can't authenticate client ~p from ~s due to ~p`. */
const vernemq = (known: Known) =>
  lines(known, (each, atMs) => {
    const date = `${iso(atMs).slice(0, 23).replace('T', ' ')} [warning] <0.270.651>@vmq_mqtt_fsm`
    const client = `client {[],<<"${each.id}">>}`
    if (each.what === 'refused')
      return [
        `${date}:check_user:868 can't authenticate ${client} from host ${each.ip}:${each.port} due to invalid_credentials`,
      ]
    if (each.what !== 'end' || each.how !== 'timeout') return []
    return [`${date}:connected:442 ${client} with username undefined stopped due to keepalive expired`]
  })

/** nmq_mqtt.c, nano_pipe_timer_cb: it names no client. */
const nanomq = (known: Known) =>
  lines(known, ({ what, how }, atMs) =>
    what === 'end' && how === 'timeout'
      ? [
          `${iso(atMs).slice(0, 19).replace('T', ' ')} [10] WARN  /nanomq/nng/src/sp/protocol/mqtt/nmq_mqtt.c:236 nano_pipe_timer_cb: Warning: close pipe & kick client due to KeepAlive timeout!`,
        ]
      : [],
  )

/** routing.rs and broker.rs of rumqttd 0.20: the client's name stands in the span. */
const rumqttd = (known: Known) =>
  lines(known, ({ what, how, id, ip, port }, atMs) => {
    const date = `${iso(atMs).slice(0, 23)}000Z`
    const incoming = `${date}  INFO run:[>] incoming{connection_id=0}:incoming_`
    const gone = `${incoming}disconnect{client_id="${id}"}: rumqttd::router::routing: Disconnecting connection`
    if (what === 'socket')
      return [`${date}  INFO rumqttd::server::broker: accept name="v4-1" addr=${ip}:${port} count=2 tenant=None`]
    if (what === 'connect')
      return [
        `${incoming}connect{client_id="${id}"}: rumqttd::router::routing: Client connection registered connection_id=0`,
      ]
    if (what !== 'end') return []
    if (how === 'disconnect') return [gone]
    if (how === 'taken-over')
      return [
        `${date} ERROR run:[>] incoming{connection_id=0}:incoming_connect{client_id="${id}"}: rumqttd::router::routing: Duplicate client_id, dropping previous connection with connection_id: 0`,
        gone,
      ]
    const error =
      how === 'timeout'
        ? 'Network(KeepAlive(Elapsed(())))'
        : 'Network(Io(Custom { kind: ConnectionAborted, error: "connection closed by peer" }))'
    return [
      `${date} ERROR remote_link{tenant_id=None client_id="${id}" connection_id=0}: rumqttd::server::broker: disconnected error=${error}`,
      gone,
    ]
  })

export const WRITERS: Readonly<Record<string, Writer>> = {
  'mosquitto 1.4': {
    logs: 'packets',
    refusals: true,
    errors: false,
    write: mosquitto('1.4', true, STAMPS.epoch as Stamp),
  },
  'mosquitto 2.0': { logs: 'packets', refusals: true, write: mosquitto('2.0', true, STAMPS.isoZone as Stamp) },
  'mosquitto 2.1': { logs: 'packets', refusals: true, write: mosquitto('2.1', true, STAMPS.epoch as Stamp) },
  'mosquitto 2.0, default log': {
    logs: 'keepalive',
    refusals: true,
    write: mosquitto('2.0', false, STAMPS.epoch as Stamp),
  },
  'mosquitto 2.1, default log': {
    logs: 'keepalive',
    refusals: true,
    write: mosquitto('2.1', false, STAMPS.addon as Stamp),
  },
  'EMQX 5': { logs: 'packets', refusals: false, write: emqx5 },
  'EMQX 5.0': { logs: 'packets', refusals: false, write: emqx50 },
  'EMQX 4': { logs: 'packets', refusals: false, write: emqx4 },
  'EMQX 5, JSON': { logs: 'packets', refusals: false, write: emqxJson },
  HiveMQ: { logs: 'connects', refusals: false, errors: false, write: hivemq },
  RabbitMQ: { logs: 'connects', refusals: false, write: rabbitmq },
  'AWS IoT': { logs: 'connects', refusals: false, write: awsIot },
  Moquette: { logs: 'connects', refusals: false, errors: false, addresses: false, write: moquette },
  rumqttd: { logs: 'connects', refusals: false, errors: false, write: rumqttd },
  VerneMQ: { logs: 'ends', refusals: true, errors: false, addresses: false, write: vernemq },
  NanoMQ: { logs: 'ends', refusals: false, errors: false, addresses: false, names: false, write: nanomq },
}

/** Whether a program logs what a cause needs to be seen at all. */
export function canTell(
  { logs, refusals, errors, names, addresses = true }: Writer,
  { needs, byEnds }: Generator,
): boolean {
  if (needs === 'refusals') return refusals
  if (needs === 'errors') return errors !== false
  if (logs === 'ends') return byEnds === 'any' || (byEnds === 'named' && names !== false)
  if (needs === 'addresses') return addresses
  if (logs === 'packets') return true
  return needs === 'connects' || (needs === 'keepalive' && logs === 'keepalive')
}
