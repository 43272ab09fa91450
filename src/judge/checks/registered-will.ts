/**
 * The will that a connection's CONNECT registered: whether the broker has one to publish, where the witness could see it, which of
 * those that the witness saw it is, and how long the broker has to keep it back.
 */
import { type Connection, clientIdOf, connectOf, deliveredPackets } from '../../evidence/connection.ts'
import type { WillSummary } from '../../model/event.ts'
import type { Window } from '../../model/verdict.ts'
import { WILL_MS } from '../../timing/spec.ts'
import { type Windows, willWindow } from '../../timing/windows.ts'
import type { History } from '../history.ts'
import { brokerClosedMs, brokerTold } from '../told.ts'

/** Why no witness could see this will, also where the broker does its duty. Evidence from before wills were kept gives no reason. */
export function whyUnseeable({ peers, device }: History, connection: Connection): string | undefined {
  const will = connectOf(connection)?.will
  if (will === undefined) return undefined
  const watched = peers.find(({ who, what }) => who === 'witness' && what === 'subscribed')?.topic
  const topic = watched?.replace('+', String(device))
  const there = `let it register one on the topic that it is given${topic === undefined ? '' : `, here ${topic}`}`
  if (will === false) return `the client's CONNECT registered no will, so the broker has none to publish; ${there}`
  if (topic === undefined || will.topic === topic) return undefined
  return `the client's will is for ${will.topic}, where no witness waits for it; ${there}`
}

/**
 * When the will of this connection reached the witness. A client whose earlier connections ended has left wills of those too: of
 * the wills that came once the broker knew of such an end, the first is that one's.
 */
export function willSeenMs(history: History, connection: Connection, { will, resolutionMs }: Windows): number | null {
  const seenMs = history.peers.filter(({ who, what }) => who === 'witness' && what === 'will').map(({ atMs }) => atMs)
  const earlier = history.connections.filter(
    ({ conn, establishedMs }) => conn < connection.conn && establishedMs !== undefined,
  )
  for (const each of earlier) {
    const knownMs = knownToBrokerMs(history, each, will)
    const own = seenMs.findIndex(atMs => atMs >= knownMs - resolutionMs)
    if (own !== -1) seenMs.splice(own, 1)
  }
  return seenMs.find(atMs => atMs >= (connection.establishedMs ?? Infinity)) ?? null
}

/** When the broker knew that it has a will of this connection to publish; `Infinity`: it never did, or has none. */
export function knownToBrokerMs(history: History, connection: Connection, byScenario: Window): number {
  if (connectOf(connection)?.will === false) return Infinity
  const told = brokerTold(history, connection)
  const closedMs = brokerClosedMs(history, connection) ?? Infinity
  const isTold = told !== undefined && told.atMs <= closedMs
  if (isTold && told.graceful) return Infinity
  const knownMs = isTold ? told.atMs : closedMs
  const { delayMs } = willDue(history, connection, byScenario)
  return comebackOf(history, connection, knownMs, knownMs + delayMs)?.resumes && delayMs > 0 ? Infinity : knownMs
}

export interface WillDue {
  /** How long the broker has to keep it back, once it knows. */
  readonly delayMs: number
  readonly window: Window
}

/**
 * When the will is due, counted from the broker's knowing: at once; in MQTT 5.0 after min(Will Delay Interval, Session Expiry
 * Interval), §3.1.3.2.2. The session lasts as long as the server says (§3.2.2.3.2), else as the client asked, last of all in a
 * DISCONNECT (§3.14.2.2.2). Where there is no packet to tell it, `byScenario` holds.
 */
export function willDue({ protocol }: History, connection: Connection, byScenario: Window): WillDue {
  const will = connectOf(connection)?.will
  if (!will) return { delayMs: byScenario.latestMs - WILL_MS, window: byScenario }
  const ms = delayMs(connection, will, protocol)
  return { delayMs: ms, window: willWindow(ms, protocol) }
}

function delayMs(connection: Connection, { delayS = 0 }: WillSummary, protocol: number): number {
  if (protocol !== 5) return 0
  const said = (flow: 'up' | 'down', cmd: 'disconnect' | 'connack') =>
    deliveredPackets(connection, flow, cmd)[0]?.packet.sessionExpiryS
  const expiryS = said('up', 'disconnect') ?? said('down', 'connack') ?? connectOf(connection)?.sessionExpiryS ?? 0
  return Math.min(delayS, expiryS) * 1000
}

/** The client's next connection to its session, once it was let in: by when its CONNECT reached the broker. */
export interface Comeback {
  readonly atMs: number
  readonly connection: Connection
  /** Clean Start 0: the session goes on, and the will must not be sent any more, MQTT 5.0 [MQTT-3.1.3-9]. */
  readonly resumes: boolean
}

/** The first within these bounds, both included. */
export function comebackOf(
  { connections }: History,
  connection: Connection,
  fromMs: number,
  toMs: number,
): Comeback | undefined {
  const clientId = clientIdOf(connection)
  for (const other of connections) {
    if (other.conn <= connection.conn || clientId === undefined || clientIdOf(other) !== clientId) continue
    const atMs = deliveredPackets(other, 'up', 'connect')[0]?.atMs
    if (other.establishedMs === undefined || atMs === undefined || atMs < fromMs || atMs > toMs) continue
    return { atMs, connection: other, resumes: connectOf(other)?.clean === false }
  }
  return undefined
}
