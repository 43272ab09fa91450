/**
 * What a verdict needs of a run of very many events, in bounded memory. A storm is told by few of its events: each stretch of it by its
 * first and its last, with how many there were. Whatever happens once is kept, and so is all that a date is compared with: connections
 * and their ends, faults, what befell the broker, messages and their arrival, standstills, troubles.
 *
 * So a verdict is the one of all events, with these reservations: of silences shorter than a span (K/20) only some are seen, and what a
 * storm did between two things that happened is known to within a span. What is too manifold for that is not judged: a trouble says so.
 */
import { wireOf } from '../dialects/index.ts'
import { type Event, isPassing, type PacketSummary } from '../model/event.ts'
import type { EventStream, EvidenceHeader } from '../model/evidence.ts'
import { ConnectionSample } from './connection-sample.ts'
import { type Held, Kept } from './kept.ts'
import { PacketSample, type Passed } from './packet-sample.ts'

interface Fineness {
  /** A span as a part of K. */
  readonly spanK: number
  /** Packets of each connection that are all kept. */
  readonly first: number
  /** Events that are kept at most. */
  readonly most: number
}

/** A storm needs less than the first; a fleet of thousands, in which each does a little, may need the second. */
const FINE: Fineness = { spanK: 1 / 20, first: 200, most: 200_000 }
const COARSE: Fineness = { spanK: 1 / 4, first: 20, most: 1_000_000 }
/** So many events are kept at most. */
const MOST_KEPT = COARSE.most

const LEAST_SPAN_MS = 10
/** Where there is no K. */
const SPAN_MS = 250

type Stream = Pick<EventStream, 'count' | 'slices'>

/** Pure. What is needed of the stream for a verdict, in order; at most `most` events and a trouble. */
export async function digestOf(
  { scenario }: Pick<EvidenceHeader, 'scenario'>,
  whole: Stream,
  most = MOST_KEPT,
): Promise<readonly Event[]> {
  const keepaliveMs = scenario.client.keepaliveS * 1000
  const fine = await digestFor(whole, keepaliveMs, { ...FINE, most: Math.min(most, FINE.most) })
  if (!fine.isFull) return fine.events(whole.count)
  return (await digestFor(whole, keepaliveMs, { ...COARSE, most })).events(whole.count)
}

/** MQTT 5.0 §3.2.2.3.14: where the broker imposes a shorter interval, that is in force. */
async function digestFor(whole: Stream, keepaliveMs: number, fineness: Fineness): Promise<Digest> {
  const digest = await digested(whole, keepaliveMs, fineness)
  const isShorter = digest.imposedMs < (keepaliveMs || Infinity)
  return isShorter ? digested(whole, digest.imposedMs, fineness) : digest
}

async function digested({ slices }: Stream, keepaliveMs: number, { spanK, first, most }: Fineness): Promise<Digest> {
  const spanMs = keepaliveMs === 0 ? SPAN_MS : Math.max(LEAST_SPAN_MS, spanK * keepaliveMs)
  const digest = new Digest(most, spanMs, first)
  for await (const slice of slices()) for (const event of slice) digest.see(event)
  return digest
}

/** What a program says again and again; of anything else a peer says each word counts. */
const CHATTER: ReadonlySet<Event['what']> = new Set([
  'connected',
  'reconnecting',
  'offline',
  'closed',
  'error',
  'client-connected',
  'client-closed',
  'log',
])
/** All of so many of a kind are kept, whatever comes later. */
const FIRST_WORDS = 200

/** What connections and their packets are compared with, wherever they are. */
const MARKS: ReadonlySet<Event['what']> = new Set([
  'fault-asked',
  'fault-held',
  'fault-lifted',
  'frozen',
  'thawed',
  'clock-set',
  'killed',
  'restarted',
  'ended',
])
/** The same for the packets of one connection. */
const OWN_MARKS: ReadonlySet<string> = new Set([
  'open',
  'fin',
  'rst',
  'undecoded',
  'connect',
  'connack',
  'disconnect',
  'request',
  'response',
  'close',
])

/** CONNECT and CONNACK of another dialect, and its DISCONNECT. */
function opensIt(packet: PacketSummary): boolean {
  const wire = wireOf(packet)
  return wire.identifies(packet) || wire.accepts(packet) || wire.refuses(packet) || wire.closes?.(packet) === true
}

interface Words {
  count: number
  span: number
  last: Held | undefined
}

class Digest {
  readonly #most: number
  readonly #kept: Kept
  readonly #spanMs: number
  readonly #first: number
  readonly #packets = new Map<number, PacketSample>()
  readonly #connections: ConnectionSample
  readonly #words = new Map<string, Words>()
  /** The shortest keep-alive that the broker imposed. */
  imposedMs = Infinity
  #isSealed = false
  #order = 0
  #last: Event | undefined

  constructor(most: number, spanMs: number, first: number) {
    this.#first = first
    this.#most = most
    this.#kept = new Kept(most)
    this.#spanMs = spanMs
    this.#connections = new ConnectionSample(spanMs, (conn, events) => {
      for (const held of events) this.#own(held, conn)
    })
  }

  get isFull(): boolean {
    return this.#kept.isFull
  }

  see(event: Event): void {
    this.#last = event
    if (this.isFull) return
    const held = { event, order: this.#order++, isKept: false }
    if (event.what === 'undecoded' && event.sealed) this.#isSealed = true
    if (MARKS.has(event.what)) this.#mark(event.conn)
    if (event.who === 'harness' && event.conn !== undefined) this.#connections.claim(event.conn)
    if (event.who === 'link') {
      this.#connections.see(held, event.conn ?? 1)
    } else if (CHATTER.has(event.what)) this.#word(held)
    else this.#kept.add(held)
  }

  /** `count`: how many there were. */
  events(count: number): readonly Event[] {
    this.#connections.end()
    this.#mark()
    if (!this.isFull) return this.#kept.inOrder()
    const ended = this.#last?.what === 'ended' ? [this.#last] : []
    const note = `the run left ${count} events, and more of them than can be judged (${this.#most}) are unlike each other`
    const atMs = ended[0]?.atMs ?? this.#kept.inOrder().at(-1)?.atMs ?? 0
    return [...this.#kept.inOrder(), { atMs, who: 'harness', what: 'trouble', note }, ...ended]
  }

  /** An event of a connection that is kept. */
  #own(held: Held, conn: number): void {
    const { event } = held
    const sample = this.#packets.get(conn)
    const name = event.what === 'packet' ? event.packet.cmd : event.what === 'websocket' ? event.frame.kind : event.what
    const isLikeWill = event.what === 'packet' && event.packet.likeWill === true
    if (event.what === 'packet' && event.packet.serverKeepAliveS)
      this.imposedMs = Math.min(this.imposedMs, event.packet.serverKeepAliveS * 1000)
    const isMark = OWN_MARKS.has(name) || (event.what === 'packet' && opensIt(event.packet))
    if (isMark) sample?.mark()
    if (!isPassing(event)) {
      this.#kept.add(held)
      return
    }
    const known = sample ?? new PacketSample(this.#kept, this.#spanMs, this.#first)
    this.#packets.set(conn, known)
    known.see(held as Held<Passed>, isLikeWill || isMark)
  }

  /** Where packets can't be read, `connected` is what tells that a connection stands. */
  #word(held: Held): void {
    const { event } = held
    if (this.#isSealed && event.what === 'connected') {
      this.#kept.add(held)
      return
    }
    const { who, what, device = 0, code = 0 } = event as Event & { readonly code?: number }
    const key = `${who} ${what} ${device} ${code}`
    const words = this.#words.get(key) ?? { count: 0, span: Number.NaN, last: undefined }
    this.#words.set(key, words)
    const span = Math.floor(event.atMs / this.#spanMs)
    if (words.count++ < FIRST_WORDS || span !== words.span) {
      if (words.last) this.#kept.add(words.last)
      words.last = undefined
      words.span = span
      this.#kept.add(held)
    } else words.last = held
  }

  /** For all, or for this connection only. */
  #mark(conn?: number): void {
    if (conn !== undefined) {
      this.#packets.get(conn)?.mark()
      return
    }
    for (const sample of this.#packets.values()) sample.mark()
    this.#connections.mark()
    for (const words of this.#words.values()) {
      if (words.last) this.#kept.add(words.last)
      words.last = undefined
      words.span = Number.NaN
    }
  }
}
