/**
 * A client that comes again under the id of one that is still connected ends that one's connection: 3.1.1 [MQTT-3.1.4-2], 5.0
 * [MQTT-3.1.4-3]. Only the same id does, and only a CONNECT that is not refused (§3.1.4: the server checks it first).
 */
import {
  type Connection,
  clientIdOf,
  dataDeliveredMs,
  deliveredPackets,
  sentPackets,
} from '../../evidence/connection.ts'
import { clause } from '../../timing/spec.ts'
import type { History } from '../history.ts'

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
