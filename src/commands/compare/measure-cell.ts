import { type Connection, type Hold, lostMs, sentPackets } from '../../evidence/connection.ts'
import { connectionUnderTest, deliveriesOf, type History, historiesOf } from '../../judge/history.ts'
import { brokerClosedMs, brokerTold } from '../../judge/told.ts'
import type { EdgeEvent, Event } from '../../model/event.ts'
import type { Evidence } from '../../model/evidence.ts'
import { TIE_MS } from '../../timing/tolerance.ts'

/** How one peer came to know that a connection was lost. */
export interface Notice {
  /** Since the fault held. */
  readonly afterMs: number
  /** By its own clock, or from somebody else: the other peer's FIN, the middlebox, a new connection of the same client. */
  readonly by: 'itself' | 'told'
}

/** One time that the fault took hold of an established connection. */
export interface Cut {
  readonly client: Notice | null
  readonly broker: Notice | null
  /** `unknown`: the run ended too early to say. */
  readonly first: 'client' | 'broker' | 'tie' | 'nobody' | 'unknown'
}

interface Messages {
  readonly sent: number
  readonly lost: number
  /** Arrived, but later than `LATE_MS`. */
  readonly late: number
}

/** What one run showed. */
export interface MeasuredCell {
  readonly runMs: number
  readonly cuts: readonly Cut[]
  /** Established connections that the client lost. */
  readonly losses: number
  readonly pings: number
  /** When the last PINGREQ of the first connection was sent, and how many there were by then. */
  readonly firstPings: { readonly count: number; readonly lastMs: number }
  readonly messages: Messages
  /** Why nothing of this can be relied on. */
  readonly trouble: string | null
}

/** A message that needs longer than this had to be sent again; QoS 0 never is. */
const LATE_MS = 1000

/** Pure. `noticeMs`: how long after a cut it is certain that who has not noticed will not. */
export function measure(evidence: Evidence, noticeMs: number): MeasuredCell {
  const [history] = historiesOf(evidence)
  if (!history) throw new RangeError('this evidence has no client under test')
  const { connections, endMs } = history
  const established = connections.filter(({ establishedMs }) => establishedMs !== undefined)
  const firstPings = established[0] ? sentPackets(established[0], 'up', 'pingreq') : []
  return {
    runMs: endMs,
    cuts: history.holds.flatMap(hold => cutOf(hold, history, noticeMs)),
    losses: established.filter(connection => lostMs(connection) !== undefined).length,
    pings: connections.reduce((sum, connection) => sum + sentPackets(connection, 'up', 'pingreq').length, 0),
    firstPings: { count: firstPings.length, lastMs: firstPings.at(-1)?.atMs ?? 0 },
    messages: messagesOf(history, noticeMs),
    trouble: troubleOf(evidence, established.length),
  }
}

function troubleOf({ events }: Evidence, established: number): string | null {
  const trouble = events.find(event => event.what === 'trouble')
  if (trouble?.what === 'trouble') return trouble.note ?? 'the harness had trouble'
  return established === 0 ? 'no CONNACK reached the client' : null
}

function cutOf(hold: Hold, history: History, noticeMs: number): Cut[] {
  const connection = connectionOf(hold, history)
  if (connection?.establishedMs === undefined) return []
  const client = clientNotice(hold, connection)
  const broker = brokerNotice(hold, connection, history)
  return [{ client, broker, first: firstOf(client, broker, history.endMs - hold.heldMs, noticeMs) }]
}

function connectionOf(hold: Hold, history: History): Connection | undefined {
  if (hold.conn !== undefined) return history.connections.find(({ conn }) => conn === hold.conn)
  const subject = connectionUnderTest(history)
  return typeof subject === 'string' ? undefined : subject
}

function clientNotice({ heldMs }: Hold, { ends }: Connection): Notice | null {
  const end = ends.find(({ edge, atMs }) => edge === 'client' && atMs >= heldMs)
  return end ? { afterMs: end.atMs - heldMs, by: end.from === 'client' ? 'itself' : 'told' } : null
}

function brokerNotice({ heldMs }: Hold, connection: Connection, history: History): Notice | null {
  const closedMs = brokerClosedMs(history, connection)
  const told = brokerTold(history, connection)
  if (told && (closedMs === undefined || told.atMs <= closedMs)) return { afterMs: told.atMs - heldMs, by: 'told' }
  return closedMs === undefined ? null : { afterMs: closedMs - heldMs, by: 'itself' }
}

function firstOf(client: Notice | null, broker: Notice | null, watchedMs: number, noticeMs: number): Cut['first'] {
  const [clientMs, brokerMs] = [client?.afterMs ?? Infinity, broker?.afterMs ?? Infinity]
  const firstMs = Math.min(clientMs, brokerMs)
  if (firstMs === Infinity) return watchedMs >= noticeMs ? 'nobody' : 'unknown'
  if (Math.abs(clientMs - brokerMs) < TIE_MS) return 'tie'
  // Of the one that has not noticed, it must be known that it is no tie.
  if (Math.max(clientMs, brokerMs) === Infinity && watchedMs < firstMs + TIE_MS) return 'unknown'
  return clientMs < brokerMs ? 'client' : 'broker'
}

function messagesOf({ peers, scenario, endMs }: History, noticeMs: number): Messages {
  const { publishing, receiving } = scenario.client.traffic
  const all = [
    ...(publishing ? deliveriesOf(peers, 'up', publishing.qos) : []),
    ...(receiving ? deliveriesOf(peers, 'down', receiving.qos) : []),
  ]
  // What was sent shortly before the end may wait for a loss to be noticed, and still arrive.
  const due = all.filter(({ publishedMs }) => publishedMs <= endMs - noticeMs)
  const took = due.map(({ publishedMs, receivedMs }) => (receivedMs[0] ?? Infinity) - publishedMs)
  return {
    sent: due.length,
    lost: took.filter(ms => ms === Infinity).length,
    late: took.filter(ms => ms > LATE_MS && ms < Infinity).length,
  }
}

/**
 * Says when a run has shown enough. `both`: both peers have noticed. `first`: one has, and the other one not within a
 * tie of it, nor does it matter any more.
 */
export function enough(needs: 'both' | 'first'): (event: Event) => boolean {
  let held: { readonly conn: number | undefined } | undefined
  let firstMs: number | undefined
  const noticed = new Set<string>()
  return event => {
    if (event.what === 'fault-held') held ??= { conn: event.conn }
    if (!held) return false
    if (isEnd(event) && (held.conn === undefined || event.conn === held.conn)) {
      noticed.add(event.edge)
      firstMs ??= event.atMs
    }
    if (noticed.size === 2) return true
    return needs === 'first' && firstMs !== undefined && event.atMs >= firstMs + TIE_MS
  }
}

const isEnd = (event: Event): event is Event & EdgeEvent => event.what === 'fin' || event.what === 'rst'

/** PINGREQs that are enough to say how far apart they are. */
const PINGS_KEPT = 2

/**
 * Leaves out of the evidence what a run that ends at its first detection is not asked for: of an hour of health, all
 * but the first PINGREQs.
 */
export function withoutPings(): (event: Event) => boolean {
  let kept = 0
  return event => {
    if (event.what !== 'packet') return true
    const { cmd } = event.packet
    if (cmd === 'pingreq' && event.edge === 'client') return ++kept <= PINGS_KEPT
    return cmd !== 'pingreq' && cmd !== 'pingresp'
  }
}
