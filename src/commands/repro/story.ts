import { type PacketAt, sentPackets } from '../../evidence/connection.ts'
import type { Middlebox } from '../../faults/middleboxes/middlebox.ts'
import { type Delivery, deliveriesOf, type History, historiesOf } from '../../judge/history.ts'
import { formatMs } from '../../model/duration.ts'
import type { Evidence } from '../../model/evidence.ts'
import { seconds } from '../../text/words.ts'
import { type Episode, episodesOf, type Fate, type Knowing } from './episode.ts'
import type { Case } from './repro-case.ts'

/** What one peer believed after the flow was forgotten, and until when. */
export interface Belief {
  readonly who: 'client' | 'broker'
  readonly fromMs: number
  /** `undefined`: to the end of the run. */
  readonly untilMs: number | undefined
}

interface Messages {
  readonly sent: number
  readonly lost: number
  /** Arrived, but more than a second after they were published. */
  readonly late: number
  readonly slowestMs: number | undefined
}

/** What a run of a case showed, as played (not multiplied by the scale). */
export interface Story {
  readonly given: Case
  readonly evidence: Evidence
  /** Anything that an application could notice: a connection lost, a message lost or late, a will. */
  readonly reproduced: boolean
  readonly beats: readonly Beat[]
  readonly beliefs: readonly Belief[]
  readonly healed: boolean
  /** How often the middlebox forgot a connection of the client's. */
  readonly cuts: number
  readonly losses: number
  readonly wills: number
  /** While nobody publishes: from one time that the middlebox forgets the flow to the next; `undefined` where it does not. */
  readonly idlePeriodMs: number | undefined
  readonly messages: Messages
  readonly runMs: number
  /** What the client kept to, in full length: its own keep-alive, unless the broker imposed another. Seconds. */
  readonly inForceS: number
  /** The longest that the client was silent while it was connected and nobody published, in full length; `undefined`: not seen. */
  readonly silentMs: number | undefined
  /** Why nothing of this can be relied on. */
  readonly trouble: string | undefined
}

/** Later than this is late. */
const LATE_MS = 1000

/** Pure: evidence of one client, to what it means. `idle`: of the same case where nobody publishes. */
export function storyOf(evidence: Evidence, idle: Evidence, given: Case): Story {
  const history = historyOf(evidence)
  const episodes = episodesOf(history)
  const [first] = episodes
  const losses = history.connections.filter(
    each => each.establishedMs !== undefined && each.ends.some(end => end.edge === 'client'),
  )
  const messages = messagesOf(history)
  const wills = history.peers.filter(({ what }) => what === 'will').length
  return {
    given,
    evidence,
    reproduced: losses.length > 0 || wills > 0 || messages.lost > 0 || messages.late > 0,
    beats: first ? beatsOf(first, history, given.box, given.box.afterMs / given.scale) : [],
    beliefs: first ? beliefsOf(first) : [],
    healed: first?.healedMs !== undefined,
    cuts: episodes.length,
    losses: losses.length,
    wills,
    idlePeriodMs: periodOf(episodesOf(historyOf(idle))),
    messages,
    runMs: history.endMs,
    inForceS: Math.round((history.keepaliveMs * given.scale) / 1000),
    silentMs: silenceIn(historyOf(idle), given.scale),
    trouble: troubleOf(evidence, history),
  }
}

/** Between two packets that the client sent on one connection. */
function silenceIn({ connections }: History, scale: number): number | undefined {
  const gaps = connections.flatMap(connection => {
    const sent = sentPackets(connection, 'up').filter(({ atMs }) => atMs >= (connection.establishedMs ?? Infinity))
    const dates = [connection.establishedMs ?? Infinity, ...sent.map(({ atMs }) => atMs)]
    return dates.slice(1).map((atMs, i) => atMs - (dates[i] ?? atMs))
  })
  return gaps.length === 0 ? undefined : Math.max(...gaps) * scale
}

function historyOf(evidence: Evidence): History {
  const [history] = historiesOf(evidence)
  if (!history) throw new RangeError('this evidence has no client under test')
  return history
}

function beliefsOf({ hold, client, broker, healedMs }: Episode): readonly Belief[] {
  if (healedMs !== undefined) return []
  return [
    { who: 'broker', fromMs: hold.heldMs, untilMs: broker?.atMs },
    { who: 'client', fromMs: hold.heldMs, untilMs: client?.atMs },
  ]
}

/** Where it was seen once only, the way from one connection to the next tells it. */
function periodOf(episodes: readonly Episode[]): number | undefined {
  const [first, last] = [episodes[0], episodes.at(-1)]
  if (!first || !last) return undefined
  if (episodes.length > 1) return (last.hold.heldMs - first.hold.heldMs) / (episodes.length - 1)
  const [fromMs, againMs] = [first.connection.establishedMs, first.again?.establishedMs]
  return fromMs === undefined || againMs === undefined ? undefined : againMs - fromMs
}

function messagesOf({ scenario, peers, endMs, keepaliveMs }: History): Messages {
  const { publishing, receiving } = scenario.client.traffic
  const all: Delivery[] = [
    ...(publishing ? deliveriesOf(peers, 'up', publishing.qos) : []),
    ...(receiving ? deliveriesOf(peers, 'down', receiving.qos) : []),
  ]
  // What did not arrive and was sent late in the run may still be on its way.
  const settled = all.filter(
    each => each.receivedMs.length > 0 || each.publishedMs <= endMs - 2 * keepaliveMs - 5 * LATE_MS,
  )
  const took = settled.map(({ publishedMs, receivedMs }) => (receivedMs[0] ?? Infinity) - publishedMs)
  const late = took.filter(ms => ms > LATE_MS && ms < Infinity)
  return {
    sent: settled.length,
    lost: took.filter(ms => ms === Infinity).length,
    late: late.length,
    slowestMs: late.length > 0 ? Math.max(...late) : undefined,
  }
}

function troubleOf({ events }: Evidence, { connections }: History): string | undefined {
  const trouble = events.find(event => event.what === 'trouble')
  if (trouble?.what === 'trouble') return trouble.note ?? 'the harness had trouble'
  return connections.some(({ establishedMs }) => establishedMs !== undefined)
    ? undefined
    : 'no CONNACK reached the client'
}

/** One thing that happened, in words. */
interface Beat {
  readonly atMs: number
  readonly who: 'client' | 'broker' | 'middlebox' | 'others'
  readonly text: string
}

/** What happened in one episode, in order of time, from the connection to the next one. */
function beatsOf(
  episode: Episode,
  { keepaliveMs, peers }: History,
  box: Middlebox,
  shownAfterMs: number,
): readonly Beat[] {
  const { connection, hold, fates, client, broker, again, lastPacket, untilMs } = episode
  const fromMs = connection.establishedMs ?? 0
  const overMs = again?.establishedMs ?? healedAt(episode) ?? untilMs
  const wills = peers.filter(({ what, atMs }) => what === 'will' && atMs >= fromMs && atMs < Math.max(overMs, untilMs))
  const beats: Beat[] = [
    { atMs: fromMs, who: 'client', text: `is connected, with a keep-alive of ${formatMs(keepaliveMs)}` },
    ...(lastPacket && lastPacket.atMs > fromMs
      ? [
          {
            atMs: lastPacket.atMs,
            who: sender(lastPacket),
            text: `sends the last packet before the silence (${nameOf(lastPacket)})`,
          } as const,
        ]
      : []),
    { atMs: hold.heldMs, who: 'middlebox', text: expiry(box, shownAfterMs) },
    ...published(episode, peers),
    ...fates.filter(fate => fate.sent.atMs <= overMs).map(fate => sending(fate, episode)),
    ...knowing('broker', broker, 'client'),
    ...knowing('client', client, 'connection'),
    ...wills
      .slice(0, 1)
      .map(({ atMs }): Beat => ({ atMs, who: 'others', text: 'are told by the will that the client is offline' })),
    ...(again?.establishedMs === undefined
      ? []
      : [{ atMs: again.establishedMs, who: 'client', text: 'is connected again, by a new connection' } as const]),
  ]
  return beats.filter(({ atMs }) => atMs <= Math.max(overMs, hold.heldMs)).toSorted((a, b) => a.atMs - b.atMs)
}

/** When all that was stuck has arrived, and both go on as if nothing had been. */
function healedAt({ healedMs, fates }: Episode): number | undefined {
  if (healedMs === undefined) return undefined
  const stuck = fates.filter(({ sent }) => sent.atMs <= healedMs + BEATS_LATE_MS)
  return Math.max(healedMs, ...stuck.map(({ deliveredMs }) => deliveredMs ?? 0))
}

const sender = ({ flow }: PacketAt): 'client' | 'broker' => (flow === 'up' ? 'client' : 'broker')

const nameOf = ({ packet }: PacketAt): string => packet.cmd.toUpperCase()

function expiry({ onExpiry }: Middlebox, afterMs: number): string {
  const forgets = `forgets the flow after ${formatMs(afterMs)} of silence`
  if (onExpiry === 'silent') return `${forgets} and tells nobody`
  return onExpiry === 'rst-both' ? `${forgets} and sends an RST to both` : `${forgets} and closes both ends (FIN)`
}

function sending({ flow, sent, deliveredMs, answeredRst }: Fate, { healedMs }: Episode): Beat {
  const who = flow === 'up' ? 'client' : 'broker'
  const what = `sends ${nameOf(sent)}`
  const tell = (text: string): Beat => ({ atMs: sent.atMs, who, text: `${what}: ${text}` })
  if (deliveredMs === undefined) {
    return tell(answeredRst ? 'answered with an RST' : 'it vanishes')
  }
  const lateMs = deliveredMs - sent.atMs
  if (lateMs > BEATS_LATE_MS) return tell(`stuck, and arrives ${seconds(lateMs)} later`)
  return tell(flow === 'up' && deliveredMs === healedMs ? 'it gets through and opens the flow again' : 'it arrives')
}

/** Longer than any latency here: TCP had to send it again. */
const BEATS_LATE_MS = 1000

function published({ untilMs, hold, again, fates }: Episode, peers: History['peers']): readonly Beat[] {
  const untilSeen = Math.min(again?.establishedMs ?? untilMs, untilMs)
  const onTheWire = (atMs: number) =>
    fates.some(({ sent }) => sent.packet.cmd === 'publish' && Math.abs(sent.atMs - atMs) < BEATS_LATE_MS)
  return peers.flatMap((peer): Beat[] => {
    if (peer.what !== 'published' || peer.atMs < hold.heldMs || peer.atMs > untilSeen || onTheWire(peer.atMs)) return []
    const received = peers.find(({ what, flow, seq }) => what === 'received' && flow === peer.flow && seq === peer.seq)
    const fate = received ? `which arrives ${seconds(received.atMs - peer.atMs)} later` : 'which never arrives'
    return [
      {
        atMs: peer.atMs,
        who: peer.flow === 'down' ? 'others' : 'client',
        text: `${peer.flow === 'down' ? 'publish' : 'publishes'} message ${peer.seq ?? ''}, ${fate}`,
      },
    ]
  })
}

function knowing(who: 'client' | 'broker', known: Knowing | undefined, of: 'client' | 'connection'): readonly Beat[] {
  if (!known) return []
  const { atMs, by } = known
  const gaveUp = of === 'client' ? 'times the client out: no packet for 1.5K' : 'gives the connection up: no PINGRESP'
  return [{ atMs, who, text: by === undefined ? gaveUp : `learns from ${by} that the connection is over` }]
}
