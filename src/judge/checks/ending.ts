/**
 * Why a connection ended, as far as the packets tell, so that nobody is blamed for what somebody else did: a client that gives up
 * on a broker that does not answer has not failed, nor has a broker that ends a connection which another one took over.
 */
import {
  brokerHeardMs,
  type Connection,
  countAlike,
  type EndAt,
  firstEnd,
  unsentAt,
} from '../../evidence/connection.ts'
import { type Request, requestsAt, unansweredAt } from '../../evidence/request.ts'
import { resolveDuration } from '../../model/duration.ts'
import type { Side } from '../../model/flow.ts'
import { inK } from '../../text/words.ts'
import { clause, SERVER_TIMEOUT } from '../../timing/spec.ts'
import { answerMs, schedulingMs } from '../../timing/tolerance.ts'
import type { History } from '../history.ts'
import {
  brokersDisconnect,
  disconnectWords,
  outagesOf,
  SESSION_TAKEN_OVER,
  takeoverOf,
  takeoverWords,
} from '../told.ts'
import { causeOf, farewellMs, goodbyeOf, unheardMs } from './pending.ts'

/** In words that may stand after `the client ended it (FIN)`; `undefined` where the packets do not tell. */
export function whyEnded(history: History, connection: Connection, end: EndAt): string | undefined {
  if (end.from === 'fault') return undefined
  if (hasLeft(history, connection, end)) return 'the client had said DISCONNECT'
  return end.from === 'client' ? whyClient(history, connection, end) : whyBroker(history, connection, end)
}

/** The client said DISCONNECT, and nothing that it had asked for was open: it left. */
const hasLeft = (history: History, connection: Connection, end: EndAt): boolean =>
  goodbyeOf(connection, end) !== undefined && causeOf(history, connection, end) === 'nothing'

function whyClient(history: History, connection: Connection, end: EndAt): string | undefined {
  if (end.unacknowledged) return 'its kernel gave it up, since nothing that it sent was acknowledged any more'
  if ((end.unread ?? 0) > 0) return `${end.unread} bytes that it had sent were not read any more`
  const pings = requestsAt(connection, 'client').filter(({ at }) => at.packet.cmd === 'pingreq')
  const open = unansweredAt(pings, farewellMs(connection, end))
  const [first] = open
  if (history.wire.beat && causeOf(history, connection, end) === 'unanswered')
    return `it had heard nothing of the broker for ${inK(unheardMs(connection, farewellMs(connection, end)), history.keepaliveMs)}`
  if (!first) {
    const isIdle = !connection.sealed && causeOf(history, connection, end) === 'nothing'
    return isIdle ? 'nothing that it had asked for was unanswered' : undefined
  }
  const forMs = end.atMs - first.at.atMs
  const asked = `${countOf(open)} of ${countOf(pings)} PINGREQ had no PINGRESP, for ${inK(forMs, history.keepaliveMs)}`
  return `${asked}: ${whoseSilence(history, connection, open, end.atMs)}`
}

const countOf = (requests: readonly Request[]): number => countAlike(requests.map(({ at }) => at))

/**
 * The packets at the broker's end of the link tell a broker that did not answer from a path that did not carry the question, or
 * carried it only once the connection was over, and from a broker that the scenario kept from answering.
 */
function whoseSilence(history: History, connection: Connection, open: readonly Request[], endMs: number): string {
  const pings = (edge: Side) => requestsAt(connection, edge).filter(({ at }) => at.packet.cmd === 'pingreq')
  const [sent, seen] = [pings('client'), pings('broker')]
  // TCP keeps the order: the n-th that was sent is the n-th that arrives. Where some were left out, the next that was kept stands for it.
  const numberOf = (requests: readonly Request[], i: number) => requests[i]?.at.soFar?.alike ?? i + 1
  const numbers = seen.map((_, i) => numberOf(seen, i))
  const numberSent = new Map(sent.map(({ at }, i) => [at, numberOf(sent, i)]))
  const arrived = open
    .flatMap(({ at }) => seen[numbers.findIndex(number => number >= (numberSent.get(at) ?? Infinity))] ?? [])
    .filter(({ at }) => at.atMs < endMs)
  const [first] = arrived
  if (!first) return `${open.length === 1 ? 'it' : 'they'} did not reach the broker`
  const unanswered = arrived.filter(({ answeredMs }) => answeredMs === undefined)
  if (unanswered.length === 0) return 'the broker answered, but its answer did not arrive in time'
  const outage = outagesOf(history).find(({ fromMs, untilMs }) => fromMs < endMs && untilMs > first.at.atMs)
  if (outage) return `the broker was ${outage.what} by the scenario`
  const overMs = Math.min(connection.ends.find(({ edge }) => edge === 'broker')?.atMs ?? Infinity, history.endMs)
  const waitMs = answerMs(history)
  const missed = unanswered.filter(({ at }) => overMs >= at.atMs + waitMs).length
  if (missed === 0) return 'the broker had no time to answer before the end'
  if (unsentAt(connection, 'broker', endMs).some(({ atMs }) => atMs >= first.at.atMs))
    return 'what the broker wrote then did not leave its kernel, so whether it answered is not to be seen'
  const which = missed < open.length ? `${missed} of them` : open.length === 1 ? 'it' : 'them'
  return `the broker left ${which} unanswered (${clause('pingAnswered', history.protocol)})`
}

function whyBroker(history: History, connection: Connection, end: EndAt): string | undefined {
  const takeover = takeoverOf(history, connection)
  if (takeover && takeover.atMs <= end.atMs) return takeoverWords(takeover, history)
  const disconnect = brokersDisconnect(connection)
  if (disconnect?.code === SESSION_TAKEN_OVER)
    return `it said ${disconnectWords(disconnect.code)}: by a client that did not come through the link`
  if (disconnect) return `it said ${disconnectWords(disconnect.code)}`
  const heardMs = brokerHeardMs(connection).findLast(atMs => atMs <= end.atMs)
  const { keepaliveMs } = history
  if (heardMs === undefined || keepaliveMs === 0) return undefined
  const silentMs = end.atMs - heardMs
  const { earliest, source } = history.wire.rules(history.protocol, keepaliveMs).brokerDrops
  if (silentMs < resolveDuration(earliest, keepaliveMs)) return undefined
  // Brokers that count whole seconds drop a client of K = 1 s that pings at each K.
  const isEarly =
    !history.wire.beat && silentMs < resolveDuration(SERVER_TIMEOUT, keepaliveMs) - schedulingMs(history.slackMs ?? 0)
  const allowed = isEarly ? `, and 1.5K are the client's (${source})` : ''
  return `it had heard nothing of the client for ${inK(silentMs, keepaliveMs)}${allowed}`
}

/**
 * How the client lost each of its connections. Not every end at its edge is a loss: some it left itself.
 */

export interface Loss {
  readonly connection: Connection
  /** At the client's edge. */
  readonly atMs: number
  /**
   * `ended`: by the broker, or by something on the way; `gave-up`: by the client, with something unanswered; `closed`: by the
   * client, with nothing unanswered; `left`: by a DISCONNECT of the client's, with nothing unanswered.
   */
  readonly how: 'ended' | 'gave-up' | 'closed' | 'left'
  /** In words, as far as the packets tell. */
  readonly why: string | undefined
}

/** Of the established connections of the client under test, in order. */
export const lossesOf = (history: History): readonly Loss[] =>
  history.connections.flatMap(connection => {
    const end = connection.establishedMs === undefined ? undefined : firstEnd(connection, 'client', ANYBODY)
    if (!end) return []
    return [
      { connection, atMs: end.atMs, how: howEnded(history, connection, end), why: whyEnded(history, connection, end) },
    ]
  })

const ANYBODY = ['client', 'broker', 'fault'] as const

function howEnded(history: History, connection: Connection, end: EndAt): Loss['how'] {
  if (hasLeft(history, connection, end)) return 'left'
  if (end.from !== 'client') return 'ended'
  return causeOf(history, connection, end) === 'nothing' ? 'closed' : 'gave-up'
}
