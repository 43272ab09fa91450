import { sentPackets } from '../../evidence/connection.ts'
import { type Delivery, deliveriesOf, type History, historiesOf } from '../../judge/history.ts'
import type { Evidence } from '../../model/evidence.ts'
import { type Beat, beatsOf } from './beats.ts'
import { type Episode, episodesOf } from './episode.ts'
import type { Case } from './repro-case.ts'

/** What one peer believed after the flow was forgotten, and until when. */
export interface Belief {
  readonly who: 'client' | 'broker'
  readonly fromMs: number
  /** `undefined`: to the end of the run. */
  readonly untilMs: number | undefined
}

export interface Messages {
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
