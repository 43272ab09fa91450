import { type EndHow, type EventSink, type LogEvent, WEBSOCKET_PING } from '../logs/log-event.ts'
import { PACKET_NAMES, type PacketName, type PacketSummary, type WebSocketSummary } from '../model/event.ts'
import type { Flow } from '../model/flow.ts'
import type { Protocol } from '../timing/spec.ts'
import { type Conversation, newConversation } from '../websocket/stream-reader.ts'
import { isUpgraded } from '../websocket/upgrade-head.ts'
import { TcpFlow } from './capture-flow.ts'
import { type BreachSink, KeepaliveWatch } from './keepalive-watch.ts'
import type { At, Segment } from './segment.ts'
import { TlsSizes } from './tls/records.ts'
import { type TlsKeys, TlsSession } from './tls/tls-session.ts'
import { MqttFlow } from './unwrap-flow.ts'

export interface ConnectionContext {
  readonly event: EventSink
  readonly breach: BreachSink
  /** This client id is connected from now on: another connection of it is over soon. */
  claimed(client: string, connection: CaptureConnection): void
  /** Bytes that the capture has not. */
  missing(bytes: number): void
  /** Where secrets of TLS are looked up. */
  readonly keys: TlsKeys | undefined
}

/** A broker ends the connection that was taken over at once: MQTT 3.1.1 [MQTT-3.1.4-2], 5.0 [MQTT-3.1.4-3]. */
const TAKEN_MS = 5000

/** One TCP connection with MQTT in it, from the first segment to the first FIN or RST. */
export class CaptureConnection {
  readonly client: string
  readonly broker: string
  readonly #context: ConnectionContext
  readonly #session: Conversation = newConversation()
  readonly #tcp: Record<Flow, TcpFlow>
  readonly #mqtt: Record<Flow, MqttFlow>
  readonly #watch: KeepaliveWatch
  readonly #sizes: TlsSizes
  /** Where it is wrapped in TLS. */
  #tls: TlsSession | undefined
  #isWebSocket = false
  #asked: PacketSummary | undefined
  /** Once it is known; before that the client's address stands for it. */
  #id: string | undefined
  #connected = false
  #ended = false
  /** It began before the capture, or the capture lacks bytes of its client: that no CONNECT was seen tells nothing. */
  #isPartial = true
  #saidEnd: EndHow | undefined
  #takenAtMs: number | undefined
  #last: At = { atMs: 0, number: 0 }

  constructor(client: string, broker: string, context: ConnectionContext) {
    this.client = client
    this.broker = broker
    this.#context = context
    this.#tcp = { up: this.#flow('up'), down: this.#flow('down') }
    this.#mqtt = { up: new MqttFlow(this.#session, 'up'), down: new MqttFlow(this.#session, 'down') }
    this.#watch = new KeepaliveWatch(context.breach)
    this.#sizes = new TlsSizes()
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Of its last segment. */
  get lastMs(): number {
    return this.#last.atMs
  }

  /** Once it is connected. */
  get id(): string | undefined {
    return this.#id
  }

  /** In TLS: whether its records could be opened. `undefined`: it is in none. */
  get tls(): 'opened' | 'sealed' | undefined {
    return this.#tls && (this.#tls.opened ? 'opened' : 'sealed')
  }

  get isWebSocket(): boolean {
    return this.#isWebSocket
  }

  /** Segments that the capture has twice. */
  get twice(): number {
    return this.#tcp.up.twice + this.#tcp.down.twice
  }

  get retransmitted(): number {
    return this.#tcp.up.retransmitted + this.#tcp.down.retransmitted
  }

  /** It carries MQTT, or TLS that may. */
  get isMqtt(): boolean {
    return this.#connected || this.#asked !== undefined || this.#mqtt.up.understood || this.#mqtt.down.understood
  }

  /** Why it can't be read, where it can't. */
  get lost(): string | undefined {
    return this.#tls?.lost ?? this.#mqtt.up.lost ?? this.#mqtt.down.lost
  }

  take(segment: Segment, { atMs, number }: At): void {
    const at = { atMs, number }
    this.#last = at
    const flow: Flow = segment.from === this.client ? 'up' : 'down'
    const other: Flow = flow === 'up' ? 'down' : 'up'
    const { seq, data, dataBytes } = segment
    if (segment.syn) {
      this.#tcp[flow].begin(seq)
      if (flow === 'up') {
        this.#isPartial = false
        this.#tell(at, { what: 'socket', address: this.client })
      }
    } else this.#tcp[flow].push(seq, data, dataBytes, at.atMs, at.number)
    if (segment.hasAck && !segment.rst) this.#tcp[other].acknowledged(segment.ack, at.atMs, at.number)
    if (segment.rst || segment.fin) this.#end(flow, segment.rst ? 'rst' : 'fin', at)
  }

  /** Its id connected elsewhere. */
  takenOver(atMs: number): void {
    this.#takenAtMs = atMs
  }

  /** Nothing more is known of it. */
  finish(): void {
    for (const flow of [this.#tcp.up, this.#tcp.down]) flow.settle(this.#last.atMs, this.#last.number)
    if (this.#ended || !this.isMqtt) return
    this.#watch.stopped(this.#last)
    this.#ended = true
    this.#tell(this.#last, { what: 'end', how: 'unknown', ...this.#who() })
  }

  #flow(flow: Flow): TcpFlow {
    return new TcpFlow({
      data: (bytes, atMs, number) => this.#data(flow, bytes, { atMs, number }),
      gap: bytes => {
        this.#context.missing(bytes)
        this.#isPartial ||= flow === 'up'
        this.#tls?.gap()
        this.#mqtt[flow].gap()
        this.#watch.gap()
      },
    })
  }

  #data(flow: Flow, bytes: Buffer, at: At): void {
    // A client speaks first in MQTT, in TLS and in HTTP.
    const isFirst = flow === 'up' && !this.#tls && !this.#isWebSocket && !this.#mqtt.up.understood
    if (isFirst && bytes[0] === 0x16) this.#tls = new TlsSession(this.#context.keys)
    if (!this.#tls) {
      this.#plainData(flow, bytes, at)
      return
    }
    for (const piece of this.#tls.push(flow, bytes)) {
      if ('plain' in piece) this.#plainData(flow, piece.plain, at)
      else this.#record(flow, piece.recordBytes, at)
    }
  }

  /** Outside of TLS. */
  #plainData(flow: Flow, bytes: Buffer, at: At): void {
    if (flow === 'up' && !this.#isWebSocket && !this.#mqtt.up.understood) this.#isWebSocket = bytes[0] === 0x47
    for (const seen of this.#mqtt[flow].push(bytes, this.#isWebSocket)) {
      if ('packet' in seen) this.#packet(flow, seen.packet, at)
      else if (seen.websocket.kind === 'ping' || seen.websocket.kind === 'pong')
        this.#tell(at, { what: 'packet', ...this.#who(), flow, cmd: WEBSOCKET_PING })
      else if (seen.websocket.kind === 'response') this.#upgraded(seen.websocket, at)
    }
  }

  /** The answer of a proxy that refuses the client, or has no broker behind it. */
  #upgraded({ status = 0 }: WebSocketSummary, at: At): void {
    if (isUpgraded({ status })) return
    this.#tell(at, { what: 'refused', address: this.client, reason: `HTTP ${status} to the upgrade to a WebSocket` })
  }

  #packet(flow: Flow, packet: PacketSummary, at: At): void {
    const protocol: Protocol = this.#session.protocolVersion === 5 ? 5 : 4
    this.#watch.packet(flow, packet, at, protocol, this.#id ?? this.client)
    if (packet.cmd === 'connect') this.#asked = packet
    else if (packet.cmd === 'connack') this.#connack(packet, at)
    else this.#plain(flow, packet, at)
    if (packet.cmd === 'disconnect')
      this.#saidEnd = flow === 'up' ? 'disconnect' : (SAID_BY_BROKER[packet.code ?? 0] ?? 'broker')
  }

  #connack(packet: PacketSummary, at: At): void {
    const asked = this.#asked
    const id = packet.clientId ?? (asked?.clientId === '' ? undefined : asked?.clientId)
    if ((packet.code ?? 0) !== 0) {
      this.#tell(at, {
        what: 'refused',
        ...(id === undefined ? {} : { client: id }),
        address: this.client,
        reason: `CONNACK ${packet.code}`,
      })
      return
    }
    this.#id = id ?? this.client
    this.#connected = true
    const keepaliveS = packet.serverKeepAliveS ?? asked?.keepaliveS
    this.#context.claimed(this.#id, this)
    this.#tell(at, {
      what: 'connect',
      ...this.#who(),
      ...(keepaliveS === undefined ? {} : { keepaliveS }),
      ...(this.#isWebSocket ? { webSocket: true } : {}),
    })
  }

  /** Most of what there is in a capture: one object, and no more. */
  #plain(flow: Flow, packet: PacketSummary, { atMs, number }: At): void {
    const { cmd, qos, messageId } = packet
    // Its CONNECT was before the capture: the address stands for its name.
    if (this.#id === undefined && this.#isPartial && this.#asked === undefined) this.#id = `a client at ${this.client}`
    const event: { -readonly [K in keyof LogEvent]: LogEvent[K] } = {
      atMs,
      line: number,
      seenBy: 'wire',
      what: 'packet',
      address: this.client,
      flow,
      cmd: UPPER[cmd as PacketName],
    }
    if (this.#id !== undefined) event.client = this.#id
    if (qos !== undefined) event.qos = qos
    if (messageId !== undefined) event.mid = messageId
    this.#context.event(event)
  }

  /** TLS without keys: sizes and times alone. */
  #record(flow: Flow, bytes: number, at: At): void {
    const cmd = this.#sizes.take(flow, bytes)
    if (cmd === undefined) return
    if (!this.#connected) {
      this.#id = `TLS from ${this.client.replace(/:\d+$/, '')}`
      this.#connected = true
      this.#tell(at, { what: 'connect', ...this.#who() })
      return
    }
    this.#watch.record(flow, cmd, at, this.#id ?? this.client)
    this.#tell(at, { what: 'packet', ...this.#who(), flow, cmd })
  }

  #end(flow: Flow, how: 'fin' | 'rst', at: At): void {
    if (this.#ended) return
    this.#ended = true
    const from = flow === 'up' ? 'client' : 'broker'
    if (this.#id === undefined && (this.#isPartial || (!this.isMqtt && this.#tls))) return
    const taken = this.#takenAtMs !== undefined && at.atMs - this.#takenAtMs < TAKEN_MS && from === 'broker'
    const said = this.#saidEnd ?? (taken ? 'taken-over' : undefined)
    const gaveUp = this.#watch.ended(from, said !== undefined, at)
    this.#tell(at, { what: 'end', how: said ?? (gaveUp ? 'ping-unanswered' : how), from, ...this.#who() })
  }

  #who(): { client?: string; address: string } {
    return { ...(this.#id === undefined ? {} : { client: this.#id }), address: this.client }
  }

  #tell({ atMs, number }: At, event: Omit<LogEvent, 'atMs' | 'line' | 'seenBy'>): void {
    this.#context.event({ atMs, line: number, seenBy: 'wire', ...event })
  }
}

const UPPER = Object.fromEntries(PACKET_NAMES.map(cmd => [cmd, cmd.toUpperCase()])) as Readonly<
  Record<PacketName, string>
>

/** Reason codes of a server's DISCONNECT, MQTT 5.0 §3.14.2.1: keep-alive time-out, session taken over. */
const SAID_BY_BROKER: Readonly<Record<number, EndHow>> = { 141: 'timeout', 142: 'taken-over' }
