/**
 * Who ended a connection, and whether the other side found out by itself or was told.
 */
import {
  type Connection,
  clientIdOf,
  dataDeliveredMs,
  deliveredPackets,
  type EndAt,
  firstEnd,
  sentPackets,
} from '../evidence/connection.ts'
import type { EdgeEvent } from '../model/event.ts'
import type { Side } from '../model/flow.ts'
import { clause } from '../timing/spec.ts'
import type { History } from './history.ts'

export interface TimeTold {
  readonly atMs: number
  /** `the client's FIN`. */
  readonly by: string
  readonly from: EdgeEvent['from']
  /** The broker heard of it by a new connection of the same client. */
  readonly takeover?: Takeover
  /** A DISCONNECT that deletes the will: any in 3.1.1, reason code 0x00 in 5.0 §3.14.2.1. */
  readonly graceful: boolean
}

/** How the broker first heard from anybody else that this connection was over. */
export function brokerTold(history: History, connection: Connection): TimeTold | undefined {
  const end = endMadeElsewhere(connection, 'broker')
  const disconnect = deliveredPackets(connection, 'up', 'disconnect')[0]
  const takeover = takeoverOf(history, connection)
  return earliest([
    end && byEnd(end),
    disconnect && {
      ...told(disconnect.atMs, 'client', `the client's DISCONNECT (0x${hex(disconnect.packet.code)})`),
      graceful: (disconnect.packet.code ?? 0) === 0,
    },
    takeover && { ...told(takeover.atMs, 'client', "the client's new connection"), takeover },
  ])
}

/** Who told it, and of a take-over which connection that was. */
export const toldBy = ({ by, takeover }: TimeTold, history: Pick<History, 'protocol'>): string =>
  takeover ? `${by} (${takeoverWords(takeover, history)})` : by

/** The first end at `edge`, where that side did not make it. In virtual time cause and effect share a moment: order tells. */
function endMadeElsewhere({ ends }: Connection, edge: Side): EndAt | undefined {
  const first = ends.find(end => end.edge === edge)
  return first?.from === edge ? undefined : first
}

/** How the client first heard from anybody else that this connection was over. */
export function clientTold(connection: Connection): TimeTold | undefined {
  const end = endMadeElsewhere(connection, 'client')
  const disconnect = deliveredPackets(connection, 'down', 'disconnect')[0]
  return earliest([
    end && byEnd(end),
    disconnect && told(disconnect.atMs, 'broker', `the broker's DISCONNECT (0x${hex(disconnect.packet.code)})`),
  ])
}

/** Who told it; where the broker did since another connection took over, which one that was. */
export function clientToldBy({ by, from, atMs }: TimeTold, history: History, connection: Connection): string {
  const takeover = from === 'broker' ? takeoverOf(history, connection) : undefined
  return takeover && takeover.atMs <= atMs ? `${by} (${takeoverWords(takeover, history)})` : by
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

/** MQTT 5.0 §3.14.2.1: keep-alive timeout, and the session taken over by another connection. */
export const KEEP_ALIVE_TIMEOUT = 0x8d
export const SESSION_TAKEN_OVER = 0x8e

const REASONS: Readonly<Record<number, string>> = {
  0: 'Normal disconnection',
  4: 'Disconnect with Will Message',
  129: 'Malformed Packet',
  130: 'Protocol Error',
  135: 'Not authorized',
  137: 'Server busy',
  139: 'Server shutting down',
  [KEEP_ALIVE_TIMEOUT]: 'Keep Alive timeout',
  [SESSION_TAKEN_OVER]: 'Session taken over',
  151: 'Quota exceeded',
  152: 'Administrative action',
  156: 'Use another server',
  157: 'Server moved',
  160: 'Maximum connect time',
}

/** `DISCONNECT 0x8e (Session taken over)`, by the names of MQTT 5.0 §3.14.2.1. */
export function disconnectWords(code: number): string {
  const name = REASONS[code]
  return `DISCONNECT 0x${hex(code)}${name === undefined ? '' : ` (${name})`}`
}

/** MQTT 5.0 §3.14.2.1: the server may say why it closes, with the last packet that it sends. */
export const brokersDisconnect = (
  connection: Connection,
): { readonly atMs: number; readonly code: number } | undefined =>
  sentPackets(connection, 'down', 'disconnect').map(({ atMs, packet }) => ({ atMs, code: packet.code ?? 0 }))[0]

/** While the scenario itself kept the broker from doing anything. */
interface Outage {
  readonly what: 'frozen' | 'killed'
  readonly fromMs: number
  /** `Infinity` where it was not ended. */
  readonly untilMs: number
}

export function outagesOf({ peers }: History): readonly Outage[] {
  const own = peers.filter(({ who }) => who === 'broker')
  return own.flatMap(({ what, atMs }, i): readonly Outage[] => {
    if (what !== 'frozen' && what !== 'killed') return []
    const ends = what === 'frozen' ? 'thawed' : 'restarted'
    const back = own.slice(i).find(peer => peer.what === ends)
    return [{ what, fromMs: atMs, untilMs: back?.atMs ?? Infinity }]
  })
}

const told = (atMs: number, from: TimeTold['from'], by: string): TimeTold => ({ atMs, from, by, graceful: false })
const byEnd = ({ atMs, from, what }: EndAt): TimeTold => told(atMs, from, `the ${from}'s ${what.toUpperCase()}`)
const hex = (code = 0): string => code.toString(16).padStart(2, '0')

/** The first in time; of two at the same moment, the first in the list. */
function earliest(candidates: readonly (TimeTold | undefined)[]): TimeTold | undefined {
  return candidates.filter(each => each !== undefined).sort((a, b) => a.atMs - b.atMs)[0]
}

/**
 * A client that comes again under the id of one that is still connected ends that one's connection: 3.1.1 [MQTT-3.1.4-2], 5.0
 * [MQTT-3.1.4-3]. Only the same id does, and only a CONNECT that is not refused (§3.1.4: the server checks it first).
 */

export interface Takeover {
  /** When its CONNECT reached the broker. */
  readonly atMs: number
  /** The connection that took over. */
  readonly conn: number
  /** `undefined` where the link can't read it: then it may be another client's, and nothing is taken over. */
  readonly clientId: string | undefined
}

/** The first to take over this connection. */
export function takeoverOf(
  { connections }: Pick<History, 'connections'>,
  connection: Connection,
): Takeover | undefined {
  const clientId = clientIdOf(connection)
  for (const other of connections) {
    if (other.conn <= connection.conn || clientIdOf(other) !== clientId || isRefused(other)) continue
    // Without a CONNECT that anybody could read only a sealed one can be meant.
    const atMs = clientId === undefined && !other.sealed ? undefined : connectDeliveredMs(other)
    if (atMs !== undefined) return { atMs, conn: other.conn, clientId }
  }
  return undefined
}

/** In words, to stand after what the broker did. */
export const takeoverWords = ({ conn, clientId }: Takeover, { protocol }: Pick<History, 'protocol'>): string =>
  clientId === undefined
    ? `connection ${conn} may have taken over: its client id is not to be seen`
    : `connection ${conn} took over, with the same client id "${clientId}", ${clause('takeover', protocol)}`

const isRefused = (connection: Connection): boolean =>
  connection.establishedMs === undefined &&
  sentPackets(connection, 'down', 'connack').some(({ packet }) => (packet.code ?? 0) !== 0)

/** Of a sealed connection: the last bytes before it was let in, else the first of all, which may be a handshake only. */
function connectDeliveredMs(connection: Connection): number | undefined {
  if (!connection.sealed) return deliveredPackets(connection, 'up', 'connect')[0]?.atMs
  const { establishedMs = Number.NEGATIVE_INFINITY } = connection
  const deliveredMs = dataDeliveredMs(connection, 'up')
  return deliveredMs.findLast(atMs => atMs <= establishedMs) ?? deliveredMs[0]
}
