import { wireOf } from '../dialects/index.ts'
import type {
  DataEvent,
  EdgeEvent,
  Event,
  PacketEvent,
  PacketName,
  PacketSummary,
  Sealed,
  UnsentEvent,
} from '../model/event.ts'
import { type Flow, flowFrom, type Side, sourceOf, targetOf } from '../model/flow.ts'

export type PacketAt = Event & PacketEvent
type DataAt = Event & DataEvent
export type UnsentAt = Event & UnsentEvent
export type EndAt = Event & EdgeEvent & { readonly what: 'fin' | 'rst' }

/** One TCP connection through the link, as both edges saw it. Everything is in order of time. */
export interface Connection {
  readonly conn: number
  readonly openedMs: number
  /**
   * When a CONNACK that accepts (code 0), or its counterpart in another dialect, left the link at the client's edge. Of a sealed
   * connection, whose packets the link can't read: when the client said that it is connected.
   */
  readonly establishedMs: number | undefined
  readonly packets: readonly PacketAt[]
  /**
   * FIN and RST; and what says the same before them, that nothing more comes: the close frames of a WebSocket (RFC 6455 §5.5.1) and
   * the close_notify of TLS (RFC 8446 §6.1), to which a peer may well answer with a FIN of its own.
   */
  readonly ends: readonly EndAt[]
  /** How many connections that went the same way were left out beside it (digest.ts). */
  readonly besides: number
  /** Bytes that the link could not read as MQTT: what they held is not in the record. */
  readonly undecoded: boolean
  /** What it was wrapped in from its first byte on. Then there are no packets, and `data` is all that passed. */
  readonly sealed: Sealed | undefined
  readonly data: readonly DataAt[]
  /** What a peer's kernel held back. */
  readonly unsent: readonly UnsentAt[]
}

/** The connections of these events, in order of opening. The events are one client's, or a single client has said anything. */
export function connectionsOf(events: readonly Event[]): readonly Connection[] {
  const byConn = new Map<number, Event[]>()
  for (const event of events) {
    if (event.who !== 'link') continue
    const conn = event.conn ?? 1
    const known = byConn.get(conn)
    if (known) known.push(event)
    else byConn.set(conn, [event])
  }
  const saidMs = events.filter(({ who, what }) => who === 'client' && what === 'connected').map(({ atMs }) => atMs)
  const inOrder = [...byConn].sort(([a], [b]) => a - b)
  return inOrder.map(([conn, own], i) => {
    const untilMs = inOrder[i + 1]?.[1][0]?.atMs ?? Number.POSITIVE_INFINITY
    const read = connection(conn, own)
    // A client has one connection at a time, and says `connected` of its latest.
    const toldMs = saidMs.find(atMs => atMs >= read.openedMs && atMs < untilMs)
    return read.sealed ? { ...read, establishedMs: toldMs } : read
  })
}

function connection(conn: number, events: readonly Event[]): Connection {
  const packets = events.filter(isPacket)
  const accepted = packets.find(at => delivered(at) && wireOf(at.packet).accepts(at.packet))
  return {
    conn,
    openedMs: events[0]?.atMs ?? 0,
    establishedMs: accepted?.atMs,
    packets,
    ends: events.flatMap(endOf),
    besides: events.reduce((sum, event) => sum + (event.what === 'open' ? (event.besides ?? 0) : 0), 0),
    undecoded: events.some(event => event.what === 'undecoded'),
    sealed: events.flatMap(event => (event.what === 'undecoded' ? (event.sealed ?? []) : []))[0],
    data: events.filter(event => event.what === 'data'),
    unsent: events.filter(event => event.what === 'unsent'),
  }
}

const isPacket = (event: Event): event is PacketAt => event.what === 'packet'

function endOf(event: Event): readonly EndAt[] {
  if (event.what === 'fin' || event.what === 'rst') return [{ ...event, what: event.what }]
  if (event.what === 'close-notify') return [{ ...event, what: 'fin' }]
  if (event.what === 'packet' && wireOf(event.packet).closes?.(event.packet)) {
    const { packet: _packet, soFar: _soFar, flow, ...seen } = event
    return [{ ...seen, what: 'fin', from: sourceOf(flow) }]
  }
  if (event.what !== 'websocket' || event.frame.kind !== 'close') return []
  const { frame: _frame, soFar: _soFar, flow, ...seen } = event
  return [{ ...seen, what: 'fin', from: sourceOf(flow) }]
}

/** It left the link, as opposed to entering it. */
const delivered = ({ edge, flow }: PacketAt | DataAt): boolean => edge === targetOf(flow)

/** Packets of one flow where they left the link; of one kind where `cmd` is given. */
export const deliveredPackets = ({ packets }: Connection, flow: Flow, cmd?: PacketName): readonly PacketAt[] =>
  packets.filter(at => at.flow === flow && delivered(at) && (cmd === undefined || at.packet.cmd === cmd))

/** Packets of one flow where they entered the link. */
export const sentPackets = ({ packets }: Connection, flow: Flow, cmd?: PacketName): readonly PacketAt[] =>
  packets.filter(at => at.flow === flow && !delivered(at) && (cmd === undefined || at.packet.cmd === cmd))

/**
 * How many packets or chunks these are, in order, of one flow at one edge: with those that were left out between them (digest.ts).
 * `countAlike`: of one control packet only.
 */
export const countOf = (passed: readonly (PacketAt | DataAt)[]): number => counted(passed, 'packets')
export const countAlike = (packets: readonly PacketAt[]): number => counted(packets, 'alike')

function counted(passed: readonly (PacketAt | DataAt)[], what: 'packets' | 'alike'): number {
  const [first, last] = [passed[0]?.soFar, passed.at(-1)?.soFar]
  return first && last ? last[what] - first[what] + 1 : passed.length
}

/** Whether nothing of their flow passed between these two, which follow each other in what is there. */
export const areNeighbours = ({ soFar: one }: PacketAt | DataAt, { soFar: other }: PacketAt | DataAt): boolean =>
  !one || !other || other.packets - one.packets <= 1

/** How many connections these are, with those that were left out beside them. */
export const countConnections = (connections: readonly Connection[]): number =>
  connections.reduce((sum, { besides }) => sum + 1 + besides, 0)

/** When bytes of a sealed connection left the link, and when they entered it. */
export const dataDeliveredMs = ({ data }: Connection, flow: Flow): readonly number[] =>
  data.filter(at => at.flow === flow && delivered(at)).map(({ atMs }) => atMs)

export const dataSentMs = (connection: Connection, flow: Flow): readonly number[] =>
  dataSent(connection, flow).map(({ atMs }) => atMs)

export const dataSent = ({ data }: Connection, flow: Flow): readonly DataAt[] =>
  data.filter(at => at.flow === flow && !delivered(at))

/**
 * When the broker heard from the client, as far as its timer is concerned: at each packet that left the link towards
 * it, but at the CONNACK for the CONNECT. Until it has let the client in, however long that takes, it times nobody. Of a
 * sealed connection: at each chunk of bytes, the CONNACK being the last that it sent before the client said `connected`.
 */
export function brokerHeardMs(connection: Connection): readonly number[] {
  if (connection.sealed) {
    const { establishedMs = Number.NEGATIVE_INFINITY } = connection
    const letInMs = dataSentMs(connection, 'down').findLast(atMs => atMs <= establishedMs) ?? Number.NEGATIVE_INFINITY
    return dataDeliveredMs(connection, 'up').map(atMs => Math.max(atMs, letInMs))
  }
  const connackMs = sentPackets(connection, 'down', 'connack')[0]?.atMs ?? Number.NEGATIVE_INFINITY
  return deliveredPackets(connection, 'up').map(({ atMs, packet }) =>
    packet.cmd === 'connect' ? Math.max(atMs, connackMs) : atMs,
  )
}

/**
 * What the program at `edge` had written and its kernel had not sent by then. TCP keeps the order: where anything was sent after it was
 * written, it was on the wire.
 */
export function unsentAt({ unsent, packets, data }: Connection, edge: Side, atMs: number): readonly UnsentAt[] {
  const flow = flowFrom(edge)
  const sentMs = [...packets, ...data].reduce(
    (lastMs, at) => (at.flow === flow && at.edge === edge && at.atMs < atMs ? Math.max(lastMs, at.atMs) : lastMs),
    Number.NEGATIVE_INFINITY,
  )
  return unsent.filter(at => at.edge === edge && at.atMs <= atMs && at.atMs - (at.lateMs ?? 0) > sentMs - SAME_MS)
}

/** Its date may reach back as far as to the last byte on the wire. */
const SAME_MS = 1

/** The CONNECT that opened it, or what names the client in another dialect, as far as the link could read it. */
export const connectOf = ({ packets }: Connection): PacketSummary | undefined =>
  packets.find(({ packet }) => wireOf(packet).identifies(packet))?.packet

/**
 * The id under which the broker knows its client: the CONNECT's; where that is empty the one that the server assigned (MQTT 5.0
 * §3.2.2.3.7), else one that nobody else has (3.1.1 [MQTT-3.1.3-6]). `undefined` where there is no CONNECT to be read.
 */
export function clientIdOf(connection: Connection): string | undefined {
  const { clientId } = connectOf(connection) ?? {}
  if (clientId !== '') return clientId
  const connack = connection.packets.find(({ packet }) => packet.cmd === 'connack')?.packet
  return connack?.clientId ?? `(none, connection ${connection.conn})`
}

/** The first end seen at `edge`, made by one of `from`. */
export const firstEnd = ({ ends }: Connection, edge: Side, from: readonly EdgeEvent['from'][]): EndAt | undefined =>
  ends.find(end => end.edge === edge && from.includes(end.from))

/** When the client lost it: the first end at its edge, whoever made it. */
export const lostMs = ({ ends }: Connection): number | undefined => ends.find(end => end.edge === 'client')?.atMs

/** One time that a fault was in force. An idle timer may hold again and again, once for each connection. */
export interface Hold {
  /** `blackhole#0`: the fault's name and its step in the timeline. */
  readonly fault: string
  readonly heldMs: number
  /** From here on what happens may be the fault's doing: when it was ordered, or held where the link decides. */
  readonly fromMs: number
  readonly liftedMs: number | undefined
  /** The only connection that it took hold of; absent where it holds for all. */
  readonly conn: number | undefined
}

export function holdsOf(events: readonly Event[]): readonly Hold[] {
  return events.flatMap((event): readonly Hold[] => {
    if (event.what !== 'fault-held' || event.fault === undefined) return []
    const { fault, conn } = event
    const asked = events.find(other => other.what === 'fault-asked' && other.fault === fault)
    const lifted = events.find(other => other.what === 'fault-lifted' && other.fault === fault)
    const fromMs = conn === undefined ? (asked?.atMs ?? event.atMs) : event.atMs
    return [{ fault, heldMs: event.atMs, fromMs, liftedMs: lifted?.atMs, conn }]
  })
}
