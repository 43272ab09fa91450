import { DEFAULT_DIALECT, wireOf } from '../dialects/index.ts'
import type { WireDialect } from '../dialects/wire-dialect.ts'
import {
  type Connection,
  clientIdOf,
  connectionsOf,
  connectOf,
  dataDeliveredMs,
  deliveredPackets,
  type Hold,
  holdsOf,
  type PacketAt,
  sentPackets,
} from '../evidence/connection.ts'
import type { Event, PeerEvent } from '../model/event.ts'
import type { Evidence } from '../model/evidence.ts'
import type { Flow } from '../model/flow.ts'
import { type Qos, recordedClients, type Scenario } from '../model/scenario.ts'
import type { Protocol } from '../timing/spec.ts'
import { roundTripMs, schedulingMs } from '../timing/tolerance.ts'
import { type Crowd, crowdOf } from './crowd.ts'

/**
 * Which connection and which fault a detection is about: questions that several checks put to a history.
 */

/** The connection that the fault found alive; without any fault the first. A string says why there is none. */
export function connectionUnderTest(history: History): Connection | string {
  const established = history.connections.filter(({ establishedMs }) => establishedMs !== undefined)
  const first = established[0]
  if (!first) return `no ${history.wire.words.accepted} reached the client`
  const met = history.holds.map(hold => ({ hold, connection: connectionAt(hold, established) }))
  // A reset or a close is no silence to detect: where there is another fault too, that one is meant.
  const silent = met.find(({ connection }) => connection && !connection.ends.some(({ from }) => from === 'fault'))
  const chosen = silent ?? met[0]
  if (!chosen) return first
  return chosen.connection ?? `no live connection when ${chosen.hold.fault} held`
}

function connectionAt(hold: Hold, established: readonly Connection[]): Connection | undefined {
  if (hold.conn !== undefined) return established.find(({ conn }) => conn === hold.conn)
  return established.find(
    ({ establishedMs = Infinity, ends }) =>
      establishedMs <= hold.heldMs && !ends.some(({ atMs }) => atMs < hold.fromMs),
  )
}

/** The broker's word that it is there. */
export const isAnswer = ({ packet }: PacketAt): boolean => wireOf(packet).isAnswer(packet)

/** When the broker's word reached the client. Of a sealed connection any bytes may be one. */
export const answeredMs = (connection: Connection): readonly number[] =>
  connection.sealed
    ? dataDeliveredMs(connection, 'down')
    : deliveredPackets(connection, 'down')
        .filter(isAnswer)
        .map(({ atMs }) => atMs)

/** Of several faults, the one that silenced the broker: the first after which no answer came any more, else the last. */
export function holdBehind(history: History, connection: Connection, beforeMs: number): Hold | undefined {
  const inFlightMs = schedulingMs(history.slackMs ?? 0) + roundTripMs(history.scenario, history.keepaliveMs)
  const { conn } = connection
  const answersMs = answeredMs(connection)
  const met = history.holds.filter(hold => (hold.conn ?? conn) === conn && hold.fromMs <= beforeMs)
  return met.find(({ heldMs }) => !answersMs.some(atMs => atMs > heldMs + inFlightMs)) ?? met.at(-1)
}

/**
 * Which of a device's connections are the client's that is under test. A program may open others beside it, under another client
 * id: to fetch its configuration, for a second client of its own. Those take nothing over, and their ends are no losses.
 *
 * - Where a connection comes with the id that the harness gave to the program, that id is the client under test.
 * - Else the client under test is who came first. An id that comes up later belongs to another client where one of its own
 *   connections is still open at the client's edge, since a client has one at a time; where none is, the client has come back
 *   under a new id, as many do that make one up at each start.
 *
 * What can't be read, and what never sent a CONNECT, is taken for the client's own: nothing speaks for another.
 */

/** `given`: the client id that the harness told the program to use, where it told one. In order of opening, as they come. */
function ownConnections(connections: readonly Connection[], given?: string): readonly Connection[] {
  if (given !== undefined && connections.some(each => clientIdOf(each) === given))
    return connections.filter(each => (clientIdOf(each) ?? given) === given)
  const own: Connection[] = []
  const ownIds = new Set<string>()
  const otherIds = new Set<string>()
  for (const each of connections) {
    const id = clientIdOf(each)
    const isOther = id !== undefined && (otherIds.has(id) || (!ownIds.has(id) && own.some(isOpenAt(each.openedMs))))
    if (isOther) otherIds.add(id)
    else own.push(each)
    if (id !== undefined && !isOther) ownIds.add(id)
  }
  return own
}

const isOpenAt =
  (atMs: number) =>
  ({ ends }: Connection): boolean =>
    !ends.some(end => end.edge === 'client' && end.atMs <= atMs)

export type PeerAt = Event & PeerEvent

/** The evidence of one device, up to the end of the run. Everything is in order of time. */
export interface History {
  readonly scenario: Scenario
  /** From 1. */
  readonly device: number
  /** Whether its client sends PINGREQ by itself; `false`: its silence is meant. */
  readonly pings: boolean
  /** In force on its first connection: the broker's if it imposed one, else the client's. */
  readonly keepaliveMs: number
  /** What the client asked for, where the broker imposed another one. */
  readonly ownKeepaliveMs: number | undefined
  /** What its connections speak; MQTT where there is no packet to tell. */
  readonly wire: WireDialect
  /** As its CONNECT says, else as the scenario does. */
  readonly protocol: Protocol
  /** Of the client under test; what its program opens beside it, under another client id, is left out. */
  readonly connections: readonly Connection[]
  readonly holds: readonly Hold[]
  /** What client, broker and witness said of this device, and what befell the broker as a whole. */
  readonly peers: readonly PeerAt[]
  /** All clients of the run together, reckoned where it is asked for. */
  readonly crowd: () => Crowd
  /** What faults did and when, and what befell the broker, of the run as a whole. */
  readonly marks: readonly Event[]
  /** When the run ended. */
  readonly endMs: number
  /** Where time runs faster, what a turn of a program takes of it; else nothing. Absent: nothing. */
  readonly slackMs?: number
}

/** One for each client under test. */
export function historiesOf({ header, events }: Evidence): readonly History[] {
  const { scenario } = header
  const ended = events.findIndex(event => event.what === 'ended')
  const during = ended === -1 ? events : events.slice(0, ended)
  const endMs = events[ended === -1 ? events.length - 1 : ended]?.atMs ?? 0
  let crowd: Crowd | undefined
  const shared = {
    scenario,
    endMs,
    marks: during.filter(isMark),
    crowd() {
      crowd ??= crowdOf({ header, events: ofClients(events, histories) })
      return crowd
    },
    pings: header.client.pings !== false,
    slackMs: header.speed === undefined ? 0 : header.labResolutionMs,
  }
  const allHolds = holdsOf(during.filter(event => event.who === 'harness'))
  const histories: readonly History[] = split(during, recordedClients(scenario.client)).map((own, i) => {
    const heard = own.filter(isPeer)
    const given = heard.find(({ who, what }) => who === 'client' && what === 'started')?.note
    const connections = ownConnections(connectionsOf(own), given)
    const peers = withoutLikeWills(heard, connections, header.labResolutionMs)
    const conns = new Set(connections.map(({ conn }) => conn))
    return {
      ...shared,
      device: i + 1,
      ...keepalivesOf(connections, peers, scenario),
      wire: wireIn(connections),
      protocol: protocolOf(connections, scenario),
      connections,
      holds: allHolds.filter(({ conn }) => conn === undefined || conns.has(conn)),
      peers,
    }
  })
  return histories
}

/** Without what others did that are no clients under test. */
function ofClients(events: readonly Event[], histories: readonly History[]): readonly Event[] {
  const conns = new Set(histories.flatMap(({ connections }) => connections.map(({ conn }) => conn)))
  const heard = new Set<Event>(histories.flatMap(({ peers }) => peers))
  const isOurs = (event: Event) =>
    event.who === 'link' ? event.conn !== undefined && conns.has(event.conn) : !isPeer(event) || heard.has(event)
  return events.filter(isOurs)
}

/** What befell the whole run. */
export const isMark = ({ who, what }: Event): boolean => who === 'harness' || what === 'killed' || what === 'restarted'

const isPeer = (event: Event): event is PeerAt =>
  event.who === 'client' || event.who === 'broker' || event.who === 'witness'

/** A message that the client itself published on its will's topic with its will's payload is no will: the witness took it for one. */
function withoutLikeWills(
  peers: readonly PeerAt[],
  connections: readonly Connection[],
  resolutionMs: number,
): readonly PeerAt[] {
  const left = [...peers]
  const like = ({ packet }: PacketAt) => packet.likeWill === true
  for (const each of connections) {
    const arrived = deliveredPackets(each, 'up', 'publish').filter(like).length
    // Dated where they came into the link: that is before the broker can have had them, however busy the machine is.
    for (const { atMs } of sentPackets(each, 'up', 'publish').filter(like).slice(0, arrived)) {
      const own = left.findIndex(
        ({ who, what, atMs: seenMs }) => who === 'witness' && what === 'will' && seenMs >= atMs - resolutionMs,
      )
      if (own !== -1) left.splice(own, 1)
    }
  }
  return left
}

/** `connections` of one client, which speaks the same on all of them. */
function wireIn(connections: readonly Connection[]): WireDialect {
  const first = connections.find(({ packets }) => packets.length > 0)?.packets[0]
  return first ? wireOf(first.packet) : DEFAULT_DIALECT
}

function protocolOf(connections: readonly Connection[], { client }: Scenario): Protocol {
  const levels = connections.map(each => connectOf(each)?.protocolVersion)
  const level = levels.find(each => each !== undefined) ?? client.protocol
  return level === 5 ? 5 : 4
}

/** MQTT 5.0 [MQTT-3.2.2-21]: the client must use the Server Keep Alive instead of its own. */
function keepalivesOf(
  connections: readonly Connection[],
  peers: readonly PeerAt[],
  { client }: Scenario,
): Pick<History, 'keepaliveMs' | 'ownKeepaliveMs'> {
  const first = connections.find(({ establishedMs }) => establishedMs !== undefined) ?? connections[0]
  const values = first?.packets.map(({ packet }) => packet) ?? []
  const imposedS = first?.sealed
    ? peers.find(({ what, atMs }) => what === 'connected' && atMs === first.establishedMs)?.serverKeepAliveS
    : values.find(packet => packet.serverKeepAliveS !== undefined)?.serverKeepAliveS
  const ownS = values.find(packet => wireOf(packet).identifies(packet))?.keepaliveS ?? client.keepaliveS
  const isImposed = imposedS !== undefined && imposedS !== ownS
  return { keepaliveMs: (imposedS ?? ownS) * 1000, ownKeepaliveMs: isImposed ? ownS * 1000 : undefined }
}

/** Events by device. With one device everything is its own. */
function split(events: readonly Event[], count: number): readonly (readonly Event[])[] {
  if (count === 1) return [events]
  const devices: Event[][] = Array.from({ length: count }, () => [])
  const deviceOf = attribution(events)
  for (const event of events) {
    const device = deviceOf(event)
    if (device !== undefined) devices[device - 1]?.push(event)
    else if (FOR_ALL.has(event.what)) for (const own of devices) own.push(event)
  }
  return devices
}

/** What befalls the broker as a whole, and which wills the witness waits for. */
const FOR_ALL: ReadonlySet<Event['what']> = new Set(['frozen', 'thawed', 'killed', 'restarted', 'subscribed'])

/** A connection belongs to the device whose client id its CONNECT carries; `started` says which id a device has. */
function attribution(events: readonly Event[]): (event: Event) => number | undefined {
  const byClientId = new Map<string, number>()
  for (const event of events) {
    if (event.what === 'started' && event.note !== undefined && event.device !== undefined)
      byClientId.set(event.note, event.device)
  }
  const byConn = new Map<number, number>()
  for (const event of events) {
    if (event.what !== 'packet' || event.conn === undefined || event.packet.clientId === undefined) continue
    const device = byClientId.get(event.packet.clientId)
    if (device !== undefined) byConn.set(event.conn, device)
  }
  return event => event.device ?? (event.conn === undefined ? undefined : byConn.get(event.conn))
}

/** One message and what became of it. */
export interface Delivery {
  readonly seq: number
  readonly qos: Qos
  readonly publishedMs: number
  /** Each time that it arrived. */
  readonly receivedMs: readonly number[]
}

/** The messages of one flow, in the order in which they were handed to the library. */
export function deliveriesOf(peers: readonly PeerAt[], flow: Flow, qos: Qos): readonly Delivery[] {
  const receivedMs = new Map<number, number[]>()
  for (const { what, flow: own, seq, atMs } of peers) {
    if (what !== 'received' || own !== flow || seq === undefined) continue
    receivedMs.set(seq, [...(receivedMs.get(seq) ?? []), atMs])
  }
  return peers.flatMap(({ what, flow: own, seq, atMs }) =>
    what === 'published' && own === flow && seq !== undefined
      ? [{ seq, qos, publishedMs: atMs, receivedMs: receivedMs.get(seq) ?? [] }]
      : [],
  )
}
