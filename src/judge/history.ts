import { type Connection, connectionsOf, connectOf } from '../evidence/connection.ts'
import { type Hold, holdsOf } from '../evidence/hold.ts'
import type { Event, PeerEvent } from '../model/event.ts'
import type { Evidence } from '../model/evidence.ts'
import type { Scenario } from '../model/scenario.ts'
import type { Protocol } from '../timing/spec.ts'
import { ownConnections } from './own.ts'

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
  /** As its CONNECT says, else as the scenario does. */
  readonly protocol: Protocol
  /** Of the client under test; what its program opens beside it, under another client id, is left out. */
  readonly connections: readonly Connection[]
  readonly holds: readonly Hold[]
  /** What client, broker and witness said of this device, and what befell the broker as a whole. */
  readonly peers: readonly PeerAt[]
  /** When the run ended. */
  readonly endMs: number
}

/** One for each client under test. */
export function historiesOf({ header, events }: Evidence): readonly History[] {
  const { scenario } = header
  const ended = events.findIndex(event => event.what === 'ended')
  const during = ended === -1 ? events : events.slice(0, ended)
  const endMs = events[ended === -1 ? events.length - 1 : ended]?.atMs ?? 0
  const shared = { scenario, endMs, pings: header.client.pings !== false }
  const allHolds = holdsOf(during.filter(event => event.who === 'harness'))
  return split(during, scenario.client.count).map((own, i) => {
    const peers = own.filter(isPeer)
    const given = peers.find(({ who, what }) => who === 'client' && what === 'started')?.note
    const connections = ownConnections(connectionsOf(own), given)
    const conns = new Set(connections.map(({ conn }) => conn))
    return {
      ...shared,
      device: i + 1,
      ...keepalivesOf(connections, peers, scenario),
      protocol: protocolOf(connections, scenario),
      connections,
      holds: allHolds.filter(({ conn }) => conn === undefined || conns.has(conn)),
      peers,
    }
  })
}

const isPeer = (event: Event): event is PeerAt =>
  event.who === 'client' || event.who === 'broker' || event.who === 'witness'

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
  const ownS = values.find(packet => packet.cmd === 'connect')?.keepaliveS ?? client.keepaliveS
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
