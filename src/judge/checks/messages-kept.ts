import { z } from 'zod'
import {
  type Connection,
  connectOf,
  dataDeliveredMs,
  deliveredPackets,
  sentPackets,
} from '../../evidence/connection.ts'
import { type Duration, resolveDuration } from '../../model/duration.ts'
import type { Flow } from '../../model/flow.ts'
import type { Qos } from '../../model/scenario.ts'
import { duration } from '../../model/schema.ts'
import type { Window } from '../../model/verdict.ts'
import { plural, seconds } from '../../text/words.ts'
import { turnMs } from '../../timing/tolerance.ts'
import { type Delivery, deliveriesOf, type History, type PeerAt } from '../history.ts'
import type { Check } from './check.ts'
import { inconclusive } from './window.ts'

/**
 * What the broker owes the client of the messages that came for it: those that a subscription of its session was for, at the QoS
 * that it was given.
 *
 * - Before the client's SUBACK there is no subscription. §3.8.4 of 3.1.1 and 5.0.
 * - A session that ends with its connection (3.1.1 [MQTT-3.1.2-6], MQTT 5.0 §3.1.2.11.2) takes with it what has not been delivered.
 *
 * What the link can't read is owed.
 */

/** A message that is published so long before the end of its session is delivered at once where all is well. */
const AT_ONCE_MS = 1000

/** `undefined`: the client never subscribed, so nothing is. */
function owedTo(history: History): ((publishedMs: number) => boolean) | undefined {
  const { connections, holds } = history
  if (connections.some(({ sealed, undecoded }) => sealed || undecoded)) return () => true
  const established = connections.filter(({ establishedMs }) => establishedMs !== undefined)
  if (!established.some(({ packets }) => packets.some(({ packet }) => packet.cmd === 'subscribe'))) return undefined
  const faultMs = holds[0]?.fromMs ?? Infinity
  const spans = established.map((each, i) => sessionOf(each, established[i + 1]))
  return atMs =>
    spans.some(({ fromMs, toMs }) => {
      // Until the fault all was well, and what came then was not on its way any more when the session ended.
      const isSafe = Math.min(faultMs, toMs) >= atMs + turnMs(AT_ONCE_MS, history)
      return fromMs <= atMs && (toMs === Infinity || isSafe)
    })
}

/** From its first subscription to the end of the session: with its connection, or never. */
function sessionOf(connection: Connection, next: Connection | undefined): { fromMs: number; toMs: number } {
  const fromMs = sentPackets(connection, 'down', 'suback')[0]?.atMs ?? Infinity
  const goesOn = outlivesConnection(connection) && (next === undefined || connectOf(next)?.clean === false)
  return { fromMs, toMs: goesOn ? Infinity : (connection.ends[0]?.atMs ?? Infinity) }
}

function outlivesConnection(connection: Connection): boolean {
  const { clean = true, protocolVersion, sessionExpiryS = 0 } = connectOf(connection) ?? {}
  return protocolVersion === 5 ? sessionExpiryS > 0 : !clean
}

/** The QoS at which its messages came down: the broker may grant less than was asked for, §3.9.3. */
function grantedQos({ connections }: History, asked: Qos): Qos {
  const seen = connections.flatMap(connection => deliveredPackets(connection, 'down', 'publish'))
  const highest = seen.reduce<Qos>((most, { packet: { qos = 0 } }) => (qos > most ? qos : most), 0)
  return seen.length > 0 && highest < asked ? highest : asked
}

interface MessagesParams {
  readonly latest?: Duration | undefined
}

/** What is handed to a library this shortly before the end is not counted: it may still be on its way. */
const GRACE_MS = 1000

/** MQTT 3.1.1 and 5.0 §4.3: QoS 1 arrives at least once, QoS 2 exactly once, QoS 0 perhaps. */
export const messagesKept: Check<MessagesParams> = {
  name: 'messages-kept',
  dialect: 'mqtt',
  summary: 'every message of QoS 1 or 2 that was handed to a library arrives; of QoS 2 exactly once',
  options: z.strictObject({ latest: duration.optional().describe('how late a message may be: 10s') }),
  label: 'kept',
  needsControl: 'pass',
  judge({ latest }, history) {
    const latestMs = latest && resolveDuration(latest, history.keepaliveMs)
    const dueMs = latestMs ?? turnMs(GRACE_MS, history)
    const ways = waysOf(history, history.endMs - dueMs)
    const window: Window | null =
      latestMs === undefined ? null : { earliestMs: 0, latestMs, origin: 'scenario', source: 'scenario' }
    const judged = ways.filter(({ promised }) => promised.length > 0)
    if (judged.length === 0) return inconclusive(whyNone(ways, dueMs), { window })
    const worst = judged
      .flatMap(({ promised }) => promised)
      .reduce((most, each) => (lateMs(each) > lateMs(most) ? each : most))
    const faults = judged.flatMap(way => faultsOf(way, window))
    const lost = judged.flatMap(({ flow, promised }) => (flow === 'up' ? promised.filter(isLost) : []))
    const gaps = gapsOf(history)
    const unseen = unseenIn(gaps, history)
    const isExcusable = ({ publishedMs }: Delivery) => gaps.some(({ toMs }) => publishedMs <= toMs)
    if (lost.length > 0 && lost.length <= unseen && lost.every(isExcusable))
      return inconclusive(
        `${unseen === Infinity ? 'an unknown number of messages' : plural(unseen, 'message')} reached the broker before the witness had subscribed to it again, and ${lost.length} were not seen to arrive`,
        { window },
      )
    const byMs = history.endMs - turnMs(GRACE_MS, history)
    const isBeyondDelay =
      gaps.length === 0 && lostByFaultsAlone(history, byMs) && judged.some(way => brokenForGood(way, byMs))
    return {
      result: faults.length > 0 ? 'fail' : 'pass',
      ...(isBeyondDelay && { beyondDelay: true }),
      sinceMs: worst.publishedMs,
      seenMs: worst.receivedMs[0] ?? null,
      window,
      reason: ways.map(way => wayInWords(way, window)).join('; '),
    }
  },
}

interface Gap {
  readonly fromMs: number
  readonly toMs: number
}

/**
 * When the witness could see nothing: since the broker was killed, or the witness lost its connection, until the broker had let it
 * subscribe again. Evidence from before it said so: until it saw a message.
 */
function gapsOf({ peers }: History): readonly Gap[] {
  const witness = peers.filter(({ who }) => who === 'witness')
  const [first] = witness.filter(({ what }) => what === 'subscribed')
  const tells = witness.some(({ what }) => what === 'closed')
  const isBack = ({ who, what, topic, flow }: PeerAt) =>
    who === 'witness' &&
    (tells ? what === 'subscribed' && topic === first?.topic : what === 'received' && flow === 'up')
  const isGone = ({ who, what }: PeerAt) =>
    (who === 'broker' && what === 'killed') || (who === 'witness' && what === 'closed')
  const gaps: Gap[] = []
  let fromMs: number | undefined
  for (const event of peers) {
    if (isGone(event)) fromMs ??= event.atMs - (event.lateMs ?? 0)
    else if (fromMs !== undefined && isBack(event)) {
      gaps.push({ fromMs, toMs: event.atMs })
      fromMs = undefined
    }
  }
  return fromMs === undefined ? gaps : [...gaps, { fromMs, toMs: Infinity }]
}

/** How many messages the broker got from the client meanwhile: nobody could see them arrive. Of a sealed connection nobody knows. */
function unseenIn(gaps: readonly Gap[], { peers, connections }: History): number {
  const isUnseen = (atMs: number) => gaps.some(({ fromMs, toMs }) => atMs > fromMs && atMs <= toMs)
  if (connections.some(each => each.sealed && dataDeliveredMs(each, 'up').some(isUnseen))) return Infinity
  const packets = connections
    .flatMap(each => deliveredPackets(each, 'up', 'publish'))
    .filter(({ atMs, packet: { topic = '' } }) => isUnseen(atMs) && (topic === '' || topic.endsWith('/up')))
  // One that is sent again is the same message.
  const ids = new Set(packets.flatMap(({ packet: { dup, messageId } }) => (dup ? [] : [messageId])))
  const delivered = packets.filter(({ packet: { dup, messageId } }) => !dup || !ids.has(messageId)).length
  // Evidence that ends a gap with the message that was seen counts it too.
  const seen = peers.filter(
    ({ who, what, flow, atMs }) => who === 'witness' && what === 'received' && flow === 'up' && isUnseen(atMs),
  )
  return Math.max(0, delivered - seen.length)
}

const lateMs = ({ publishedMs, receivedMs }: Delivery): number => (receivedMs[0] ?? Infinity) - publishedMs
const isLost = ({ receivedMs }: Delivery): boolean => receivedMs.length === 0

/** The messages of one flow, by what was promised of them. */
interface DeliveryPath {
  readonly flow: Flow
  readonly all: readonly Delivery[]
  /** Of QoS 1 or 2, due, and owed. */
  readonly promised: readonly Delivery[]
  /** Lost, and no acknowledgement had promised them. */
  readonly atQos0: number
  readonly withSession: number
  /** The broker's word that it has a message, by its number. */
  readonly acknowledged: ReadonlySet<number>
  readonly neverSubscribed: boolean
}

function waysOf(history: History, untilMs: number): readonly DeliveryPath[] {
  const { publishing, receiving } = history.scenario.client.traffic
  return [
    ...(publishing ? [wayOf(history, 'up', deliveriesOf(history.peers, 'up', publishing.qos), untilMs)] : []),
    ...(receiving
      ? [wayOf(history, 'down', deliveriesOf(history.peers, 'down', grantedQos(history, receiving.qos)), untilMs)]
      : []),
  ]
}

function wayOf(history: History, flow: Flow, all: readonly Delivery[], untilMs: number): DeliveryPath {
  const owed = flow === 'up' ? () => true : owedTo(history)
  const due = all.filter(({ publishedMs }) => publishedMs <= untilMs)
  const certain = due.filter(({ qos }) => qos > 0)
  const isPromised = (each: Delivery) => owed !== undefined && (!isLost(each) || owed(each.publishedMs))
  return {
    flow,
    all,
    promised: certain.filter(isPromised),
    atQos0: due.filter(each => each.qos === 0 && isLost(each)).length,
    withSession: certain.filter(each => !isPromised(each)).length,
    acknowledged: new Set(history.peers.flatMap(acknowledgedIn(flow))),
    neverSubscribed: owed === undefined,
  }
}

const acknowledgedIn =
  (flow: Flow) =>
  ({ what, flow: own, seq }: PeerAt): readonly number[] =>
    what === 'acknowledged' && own === flow && seq !== undefined ? [seq] : []

function faultsOf({ promised, acknowledged }: DeliveryPath, window: Window | null): readonly string[] {
  const lost = promised.filter(isLost)
  const twice = promised.filter(each => each.qos === 2 && each.receivedMs.length > 1)
  const late = promised.filter(each => window !== null && lateMs(each) > window.latestMs && !isLost(each))
  const known = lost.filter(({ seq }) => acknowledged.has(seq)).length
  const first = (found: readonly Delivery[]) => `the first was number ${found[0]?.seq}`
  return [
    ...(lost.length > 0 ? [`${lost.length} never arrived (${known} of them acknowledged; ${first(lost)})`] : []),
    ...(twice.length > 0 ? [`${twice.length} of QoS 2 arrived more than once (${first(twice)})`] : []),
    ...(window && late.length > 0 ? [`${late.length} later than ${seconds(window.latestMs)} (${first(late)})`] : []),
  ]
}

/**
 * Whether something of it is wrong that no delay explains: a message of QoS 2 came twice, or one that was acknowledged was overtaken by one
 * that was published after it, and did not come later. Messages of one topic keep their order, MQTT 3.1.1 and 5.0 §4.6.
 */
function brokenForGood({ promised, acknowledged }: DeliveryPath, byMs: number): boolean {
  const overtaking = promised.findLast(({ receivedMs: [firstMs = Infinity] }) => firstMs <= byMs)
  return promised.some(each =>
    isLost(each)
      ? acknowledged.has(each.seq) && overtaking !== undefined && overtaking.publishedMs > each.publishedMs
      : each.qos === 2 && each.receivedMs.length > 1,
  )
}

/** A session that ends with its connection loses what is on its way, so a connection may have ended by nothing but a fault. */
const lostByFaultsAlone = ({ connections, holds }: History, byMs: number): boolean =>
  connections.every(({ conn, ends: [end] }) => {
    const holdsAt = (atMs: number) =>
      holds.some(hold => (hold.conn ?? conn) === conn && atMs >= hold.fromMs && atMs <= (hold.liftedMs ?? Infinity))
    return end === undefined || end.atMs > byMs || holdsAt(end.atMs)
  })

const FROM_TO: Readonly<Record<Flow, string>> = { up: 'client to broker', down: 'broker to client' }

/** `up (client to broker): 8 of 9 messages arrived, the slowest after 12 ms; 1 never arrived (0 of them acknowledged; the first was number 10)`. */
function wayInWords(way: DeliveryPath, window: Window | null): string {
  const { flow, promised, atQos0, withSession } = way
  const head = `${flow} (${FROM_TO[flow]})`
  const arrived = promised.filter(each => !isLost(each))
  const slowest = arrived.length > 0 ? [`the slowest after ${seconds(Math.max(...arrived.map(lateMs)))}`] : []
  const aside = [
    ...(atQos0 > 0 ? [`${atQos0} of QoS 0 lost, which may be`] : []),
    ...(withSession > 0 ? [`${withSession} lost with a clean session that ended, which may be`] : []),
  ]
  const parts = [
    `${arrived.length} of ${plural(promised.length, 'message')} arrived`,
    ...slowest,
    ...faultsOf(way, window),
    ...aside,
  ]
  return `${head}: ${parts.join(', ')}`
}

function whyNone(ways: readonly DeliveryPath[], dueMs: number): string {
  const asides = ways.map(({ flow, all, atQos0, withSession, neverSubscribed }) => {
    if (neverSubscribed) return `the client subscribed to nothing, so no message is owed to it`
    if (atQos0 > 0) return `${flow}: ${atQos0} of QoS 0 lost, which may be`
    if (withSession > 0) return `${flow}: ${withSession} lost with a clean session that ended, which may be`
    const promising = all.filter(({ qos }) => qos > 0).length
    return promising === 0
      ? `${flow}: none was published`
      : `${flow}: none of ${promising} was published earlier than ${seconds(dueMs)} before the end; make \`until\` longer, or \`latest\` shorter`
  })
  return ['no message of QoS 1 or 2 was due', ...asides].join('; ')
}
