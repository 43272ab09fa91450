/**
 * Who ended a connection, and whether the other side found out by itself or was told.
 */
import {
  type Connection,
  dataDeliveredMs,
  deliveredPackets,
  type EndAt,
  firstEnd,
  sentPackets,
} from '../evidence/connection.ts'
import type { Side } from '../model/flow.ts'
import type { History } from './history.ts'

export interface Told {
  readonly atMs: number
  /** `the client's FIN`. */
  readonly by: string
  /** A DISCONNECT that deletes the will: any in 3.1.1, reason code 0x00 in 5.0 §3.14.2.1. */
  readonly graceful: boolean
}

/** How the broker first heard from anybody else that this connection was over. */
export function brokerTold(history: History, connection: Connection): Told | undefined {
  const end = endMadeElsewhere(connection, 'broker')
  const disconnect = deliveredPackets(connection, 'up', 'disconnect')[0]
  return earliest([
    end && told(end.atMs, `the ${end.from}'s ${end.what.toUpperCase()}`),
    disconnect && {
      ...told(disconnect.atMs, `the client's DISCONNECT (0x${hex(disconnect.packet.code)})`),
      graceful: (disconnect.packet.code ?? 0) === 0,
    },
    takeover(history, connection),
  ])
}

/** The first end at `edge`, where that side did not make it. In virtual time cause and effect share a moment: order tells. */
function endMadeElsewhere({ ends }: Connection, edge: Side): EndAt | undefined {
  const first = ends.find(end => end.edge === edge)
  return first?.from === edge ? undefined : first
}

/** A second CONNECT with the same client id ends the first session's connection: 3.1.1 [MQTT-3.1.4-2], 5.0 [MQTT-3.1.4-3]. */
function takeover({ connections }: History, { conn }: Connection): Told | undefined {
  const atMs = connections.filter(other => other.conn > conn).flatMap(connectDeliveredMs)[0]
  return atMs === undefined ? undefined : told(atMs, "the client's new connection")
}

/** Of a sealed connection: the last bytes before it was let in, else the first of all, which may be a handshake only. */
function connectDeliveredMs(connection: Connection): readonly number[] {
  if (!connection.sealed) return deliveredPackets(connection, 'up', 'connect').map(({ atMs }) => atMs)
  const { establishedMs = Number.NEGATIVE_INFINITY } = connection
  const deliveredMs = dataDeliveredMs(connection, 'up')
  const letInMs = deliveredMs.findLast(atMs => atMs <= establishedMs)
  return letInMs === undefined ? deliveredMs.slice(0, 1) : [letInMs]
}

/** How the client first heard from anybody else that this connection was over. */
export function clientTold(connection: Connection): Told | undefined {
  const end = endMadeElsewhere(connection, 'client')
  const disconnect = deliveredPackets(connection, 'down', 'disconnect')[0]
  return earliest([
    end && told(end.atMs, `the ${end.from}'s ${end.what.toUpperCase()}`),
    disconnect && told(disconnect.atMs, `the broker's DISCONNECT (0x${hex(disconnect.packet.code)})`),
  ])
}

/** When the broker itself ended it: its FIN or RST, or its own word where that is earlier: in its log, or a DISCONNECT. */
export function brokerClosedMs({ peers }: History, connection: Connection): number | undefined {
  const end = firstEnd(connection, 'broker', ['broker'])
  // It names the client, not the connection. What it says of a later one comes after that one's takeover of this.
  const logged = peers.find(
    ({ what, atMs }) => what === 'keepalive-timeout' && atMs >= (connection.establishedMs ?? Infinity),
  )
  const times = [end?.atMs, logged?.atMs, brokersDisconnect(connection)?.atMs].filter(atMs => atMs !== undefined)
  return times.length > 0 ? Math.min(...times) : undefined
}

/** MQTT 5.0 §3.14.2.1: the server may say why it closes, with the last packet that it sends. */
export const brokersDisconnect = (
  connection: Connection,
): { readonly atMs: number; readonly code: number } | undefined =>
  sentPackets(connection, 'down', 'disconnect').map(({ atMs, packet }) => ({ atMs, code: packet.code ?? 0 }))[0]

/** While the scenario itself kept the broker from doing anything. */
export interface Outage {
  readonly what: 'frozen' | 'killed'
  readonly fromMs: number
  /** `Infinity` where it was not ended. */
  readonly untilMs: number
}

export function outagesOf({ peers }: History): readonly Outage[] {
  return peers.flatMap(({ what, atMs }, i): readonly Outage[] => {
    if (what !== 'frozen' && what !== 'killed') return []
    const ends = what === 'frozen' ? 'thawed' : 'restarted'
    const back = peers.slice(i).find(peer => peer.what === ends)
    return [{ what, fromMs: atMs, untilMs: back?.atMs ?? Infinity }]
  })
}

const told = (atMs: number, by: string): Told => ({ atMs, by, graceful: false })
const hex = (code = 0): string => code.toString(16).padStart(2, '0')

/** The first in time; of two at the same moment, the first in the list. */
function earliest(candidates: readonly (Told | undefined)[]): Told | undefined {
  return candidates.filter(each => each !== undefined).sort((a, b) => a.atMs - b.atMs)[0]
}
