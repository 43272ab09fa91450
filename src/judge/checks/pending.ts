/**
 * Whether a client that ended a connection had cause to give it up: something that it had asked for and was not given. A client
 * that ends one on which nothing is open has not noticed a dead peer; it would have gone on a live path too.
 *
 * All libraries of the table of profiles ask before they give up: their own timers send a PINGREQ and count from it, also where
 * the application only publishes at QoS 0 (src/timing/profiles/clients.ts names the files). What can stand for the packet:
 * - the kernel's own question (a TCP keep-alive probe, data that is sent again), where only the kernel has asked;
 * - bytes, where the link can read no packet, or was told to leave them unread: what nobody has taken, nobody has answered.
 */
import {
  type Connection,
  countOf,
  dataDeliveredMs,
  dataSent,
  dataSentMs,
  deliveredPackets,
  type EndAt,
  type Hold,
  type PacketAt,
  sentPackets,
} from '../../evidence/connection.ts'
import { type Request, requestsAt, unansweredAt } from '../../evidence/request.ts'
import { plural } from '../../text/words.ts'
import { roundTripMs, schedulingMs } from '../../timing/tolerance.ts'
import { answeredMs, type History } from '../history.ts'

type Link = Pick<History, 'scenario' | 'keepaliveMs' | 'slackMs'>

/**
 * What a client's kernel and the link may hold of it unread, so that its last packets are not to be seen: less than the embedded
 * link takes before it stops reading (4 MiB, link/pipe/relayed-connection.ts), more than any client has under way on a live path.
 */
const UNSEEN_FROM_BYTES = 256 * 1024

/** `unseen`: what it had asked last is not in the record. */
export type PendingCause = 'unanswered' | 'nothing' | 'unseen'

/** The DISCONNECT that the client said before this end. */
export const goodbyeOf = (connection: Connection, end: EndAt): PacketAt | undefined =>
  sentPackets(connection, 'up', 'disconnect').find(({ atMs }) => atMs <= end.atMs)

/** When the client had said its last: at its DISCONNECT, or at its end. */
export const farewellMs = (connection: Connection, end: EndAt): number => goodbyeOf(connection, end)?.atMs ?? end.atMs

/** Why the client can have ended it. `sinceMs`: what it asked before has nothing to do with it. */
export function causeOf(
  link: Link,
  connection: Connection,
  end: EndAt,
  sinceMs = Number.NEGATIVE_INFINITY,
): PendingCause {
  if (end.unacknowledged || (end.unread ?? 0) > 0) return 'unanswered'
  const byMs = farewellMs(connection, end)
  if (connection.sealed) return hasUnansweredBytes(link, connection, byMs, sinceMs) ? 'unanswered' : 'nothing'
  if (openRequests(link, connection, byMs, sinceMs).length > 0) return 'unanswered'
  return connection.undecoded || end.hidden || bytesUnderWay(connection, byMs) >= UNSEEN_FROM_BYTES
    ? 'unseen'
    : 'nothing'
}

/** Those that had waited for longer than a round trip. */
function openRequests(link: Link, connection: Connection, byMs: number, sinceMs: number): readonly Request[] {
  const patienceMs = roundTripMs(link.scenario, link.keepaliveMs)
  const open = unansweredAt(requestsAt(connection, 'client'), byMs)
  return open.filter(({ at }) => at.atMs >= sinceMs && at.atMs < byMs - patienceMs)
}

/**
 * What a sealed connection carries can't be told apart, but bytes that no bytes came after within a round trip are a question without
 * an answer. The last of them may be a TLS alert (close_notify, RFC 8446 §6.1), which goes out with the close.
 */
function hasUnansweredBytes(
  { scenario, keepaliveMs, slackMs = 0 }: Link,
  connection: Connection,
  byMs: number,
  sinceMs: number,
): boolean {
  const patienceMs = schedulingMs(slackMs) + roundTripMs(scenario, keepaliveMs)
  const heardMs = dataDeliveredMs(connection, 'down')
  let next = 0
  return dataSentMs(connection, 'up').some(atMs => {
    while ((heardMs[next] ?? Infinity) < atMs) next++
    const isAnswered = (heardMs[next] ?? Infinity) <= atMs + patienceMs
    return atMs >= sinceMs && atMs <= byMs - patienceMs && !isAnswered
  })
}

function bytesUnderWay(connection: Connection, byMs: number): number {
  const sum = (packets: ReturnType<typeof sentPackets>) => {
    const until = packets.filter(({ atMs }) => atMs <= byMs)
    return until.at(-1)?.soFar?.bytes ?? until.reduce((bytes, { packet }) => bytes + packet.bytes, 0)
  }
  return sum(sentPackets(connection, 'up')) - sum(deliveredPackets(connection, 'up'))
}

/**
 * The last answer that reached the client between the fault and `untilMs`, where nothing that it had asked since was left open: then
 * there was nothing to give up on. What was on its way when the fault took hold is no answer of a living broker.
 */
export function stillAnsweredMs(
  link: Link,
  connection: Connection,
  { heldMs }: Hold,
  untilMs: number,
): number | undefined {
  const inFlightMs = schedulingMs(link.slackMs ?? 0) + roundTripMs(link.scenario, link.keepaliveMs)
  const lastMs = answeredMs(connection).findLast(atMs => atMs > heldMs + inFlightMs && atMs <= untilMs)
  const open = unansweredAt(requestsAt(connection, 'client'), untilMs)
  return open.some(({ at }) => at.atMs >= heldMs && at.atMs < untilMs - inFlightMs) ? undefined : lastMs
}

/** What it had done instead of asking, since `sinceMs`: `it had sent 3 packets since, and none of them was unanswered`. */
export function unasked(connection: Connection, end: EndAt, sinceMs: number): string {
  const byMs = farewellMs(connection, end)
  const sent = connection.sealed ? dataSent(connection, 'up') : sentPackets(connection, 'up')
  const since = countOf(sent.filter(({ atMs }) => atMs >= sinceMs && atMs < byMs))
  const goodbye = goodbyeOf(connection, end) ? 'it said DISCONNECT, and ' : ''
  if (since === 0) return `${goodbye}it had asked the broker for nothing since`
  const noun = connection.sealed ? 'chunk' : 'packet'
  return `${goodbye}of the ${plural(since, noun)} that it had sent since, none was unanswered`
}
