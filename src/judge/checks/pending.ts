/**
 * Whether a client that ended a connection had cause to give it up: something that it had asked for and was not given. A client
 * that ends one on which nothing is open has not noticed a dead peer; it would have gone on a live path too.
 *
 * All libraries of the table of profiles ask before they give up: their own timers send a PINGREQ and count from it, also where
 * the application only publishes at QoS 0 (src/timing/profiles/clients.ts names the files). What can stand for the packet:
 * - the kernel's own question (a TCP keep-alive probe, data that is sent again), where only the kernel has asked;
 * - silence, in a dialect whose sides are heard within an interval without being asked (`WireDialect.beat`);
 * - bytes, where the link can read no packet, or was told to leave them unread: what nobody has taken, nobody has answered.
 * - bytes that its kernel held back, so that they were on no wire: what they hold is told by their number, if by anything.
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
  unsentAt,
} from '../../evidence/connection.ts'
import { answerTo, type Request, requestsAt, unansweredAt } from '../../evidence/request.ts'
import { type Duration, resolveDuration } from '../../model/duration.ts'
import { plural } from '../../text/words.ts'
import { roundTripMs, schedulingMs } from '../../timing/tolerance.ts'
import { answeredMs, type History } from '../history.ts'

type Link = Pick<History, 'scenario' | 'keepaliveMs' | 'slackMs' | 'wire'>

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
  const held = heldBack(link, connection, byMs, sinceMs)
  if (connection.sealed) {
    if (hasUnansweredBytes(link, connection, byMs, sinceMs)) return 'unanswered'
    return held.length > 0 ? 'unseen' : 'nothing'
  }
  if (openRequests(link, connection, byMs, sinceMs).length > 0) return 'unanswered'
  if (link.wire.beat) return unheardMs(connection, byMs) > owedMs(link, link.wire.beat) ? 'unanswered' : 'nothing'
  if (held.includes('unanswered')) return 'unanswered'
  const isUnseen = held.includes('unseen') || connection.undecoded || end.hidden
  return isUnseen || bytesUnderWay(connection, byMs) >= UNSEEN_FROM_BYTES ? 'unseen' : 'nothing'
}

/**
 * What each write was that the client's kernel held back: `unseen` where it can have been a request. What is written as late as this
 * before the end goes with it: a DISCONNECT.
 */
function heldBack(
  { scenario, keepaliveMs, slackMs = 0 }: Link,
  connection: Connection,
  byMs: number,
  sinceMs: number,
): readonly PendingCause[] {
  const untilMs = byMs - schedulingMs(slackMs) - roundTripMs(scenario, keepaliveMs)
  const isPing = pingTeller(scenario, connection)
  return unsentAt(connection, 'client', byMs).flatMap(({ atMs, lateMs = 0, bytes }): readonly PendingCause[] => {
    if (atMs < sinceMs || atMs - lateMs >= untilMs) return []
    const cause = isPing(bytes)
    return cause === 'unanswered' && atMs >= untilMs ? ['unseen'] : [cause]
  })
}

/** How much of what it had written before this end its kernel had held back. */
export const heldBytes = (connection: Connection, end: EndAt): number =>
  unsentAt(connection, 'client', farewellMs(connection, end)).reduce((sum, { bytes }) => sum + bytes, 0)

/** PINGREQ is as short as a packet can be (§3.12); of that length is also the DISCONNECT with which a client ends. */
const PINGREQ_BYTES = 2
/** Longer than that, it is not taken to pieces. */
const LONGEST_TOLD = 64 * 1024

/**
 * Whether so many bytes at once hold a PINGREQ, by the lengths of what the client sends besides and wants no answer to: `unseen` where they
 * do not tell. Of a program that publishes by itself the next message may be of any length.
 */
function pingTeller({ client }: Link['scenario'], connection: Connection): (bytes: number) => PendingCause {
  const plain = sentPackets(connection, 'up').filter(
    ({ packet }) => answerTo(packet) === undefined && packet.cmd !== 'connect' && packet.cmd !== 'disconnect',
  )
  const isKnown = client.traffic.publishing !== undefined || plain.every(({ packet }) => packet.cmd !== 'publish')
  const lengths = [...new Set(plain.map(({ packet }) => packet.bytes))]
  return bytes => {
    if (bytes === PINGREQ_BYTES) return 'unanswered'
    if (!isKnown || bytes > LONGEST_TOLD) return 'unseen'
    const [isPlain, isWithPing] = [isSumOf(bytes, lengths), isSumOf(bytes - PINGREQ_BYTES, lengths)]
    return isPlain && !isWithPing ? 'nothing' : isWithPing && !isPlain ? 'unanswered' : 'unseen'
  }
}

function isSumOf(total: number, lengths: readonly number[]): boolean {
  const can = [true]
  for (let sum = 1; sum <= total; sum++) can[sum] = lengths.some(length => can[sum - length] === true)
  return can[total] === true
}

/** Where both sides speak by themselves, for how long the client had heard nothing, and for how long a live broker may say nothing. */
export const unheardMs = (connection: Connection, byMs: number): number =>
  byMs - (answeredMs(connection).findLast(atMs => atMs <= byMs) ?? connection.openedMs)
const owedMs = ({ scenario, keepaliveMs, slackMs = 0 }: Link, beat: Duration): number =>
  resolveDuration(beat, keepaliveMs) + schedulingMs(slackMs) + roundTripMs(scenario, keepaliveMs)

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
  if (open.some(({ at }) => at.atMs >= heldMs && at.atMs < untilMs - inFlightMs)) return undefined
  const { beat } = link.wire
  return beat && unheardMs(connection, untilMs) > owedMs(link, beat) ? undefined : lastMs
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
