/**
 * What is kept of very many connections. All of the first; of those that went the same way (what happened at each edge, in which order,
 * how long it took) the first and the last within each span of time, and around whatever else happens. The first says how many there
 * were besides. One on which much passes, or that stays open, is kept (packet-sample.ts looks after its packets).
 *
 * Until it is decided its events wait as rows of numbers, in memory that is used again: objects that live so long are moved out of V8's
 * young generation, and of 10 million of them 200 MB are there before the first of them is collected.
 */
import type { Event } from '../model/event.ts'
import { ByNumber } from './by-number.ts'
import type { Held } from './kept.ts'
import { COLUMNS, Packer, unpacked } from './packed.ts'

/** All of so many are kept, whatever comes later. */
const FIRST = 200
/** With more events than that it is no mere attempt. */
const SHORT = 48
/** So long after its end at the client more may be heard of a connection. */
const LINGER_MS = 250

/** What the events of one connection are packed into. */
class Room {
  readonly rows = new Float64Array((SHORT + 1) * COLUMNS)
  readonly orders = new Float64Array(SHORT + 1)
  odd: unknown[] = []
}

interface Candidate {
  readonly conn: number
  readonly room: Room
  count: number
  isOpened: boolean
  endedMs: number
}

interface SampledFlow {
  span: number
  first: Held | undefined
  last: Candidate | undefined
}

export class ConnectionSample {
  readonly #spanMs: number
  readonly #keep: (conn: number, events: readonly Held[]) => void
  /** Of which it is not decided yet whether they are kept. */
  readonly #open = new Map<number, Candidate>()
  /** Over, in order of their ends. */
  #over: Candidate[] = []
  #decided = 0
  readonly #kept = new Set<number>()
  readonly #ways = new Map<string, SampledFlow>()
  readonly #packer = new Packer(1)
  readonly #rooms: Room[] = []
  /** What comes of them later is left out too. */
  readonly #leftOut = new ByNumber()

  /** `keep` takes over the events of a connection that is kept, and all that come. */
  constructor(spanMs: number, keep: (conn: number, events: readonly Held[]) => void) {
    this.#spanMs = spanMs
    this.#keep = keep
  }

  /** An event of the link. */
  see(held: Held, conn: number): void {
    const { event } = held
    this.#settle(event.atMs)
    if (this.#kept.has(conn)) this.#keep(conn, [held])
    else if (this.#leftOut.get(conn) === 0) this.#follow(this.#open.get(conn) ?? this.#begin(conn), held)
  }

  /** This one is spoken of elsewhere. */
  claim(conn: number): void {
    const candidate = this.#open.get(conn)
    if (candidate) this.#release(candidate)
  }

  /** Something else happens, which the connections around it are compared with, and to those that are open. */
  mark(): void {
    for (const each of [...this.#open.values()]) if (each.endedMs === Infinity) this.#release(each)
    for (const way of this.#ways.values()) {
      if (way.last) this.#release(way.last)
      way.last = undefined
      way.span = Number.NaN
    }
  }

  /** There is nothing more to come. */
  end(): void {
    this.#settle(Infinity)
    this.mark()
    for (const each of [...this.#open.values()]) this.#release(each)
  }

  #follow(known: Candidate, held: Held): void {
    const { event } = held
    const { room } = known
    if (known.count === 0) known.isOpened = event.what === 'open'
    room.orders[known.count] = held.order
    this.#packer.put(event, room, known.count++)
    const isOwn = !known.isOpened || (event.what === 'undecoded' && event.sealed !== undefined)
    if (this.#kept.size < FIRST || isOwn || known.count > SHORT) this.#release(known)
    else if ((event.what === 'fin' || event.what === 'rst') && event.edge === 'client' && known.endedMs === Infinity) {
      known.endedMs = event.atMs
      this.#over.push(known)
    }
  }

  #begin(conn: number): Candidate {
    const candidate = { conn, room: this.#rooms.pop() ?? new Room(), count: 0, isOpened: false, endedMs: Infinity }
    this.#open.set(conn, candidate)
    return candidate
  }

  #settle(nowMs: number): void {
    for (;;) {
      const next = this.#over[this.#decided]
      if (!next || next.endedMs + LINGER_MS > nowMs) break
      this.#decided++
      if (this.#open.has(next.conn)) this.#decide(next)
    }
    // Cheaper than to take each from the front.
    if (this.#decided < 1024) return
    this.#over = this.#over.slice(this.#decided)
    this.#decided = 0
  }

  #decide(candidate: Candidate): void {
    const events = this.#unpacked(candidate)
    const key = wayOf(events)
    const way = this.#ways.get(key) ?? { span: Number.NaN, first: undefined, last: undefined }
    this.#ways.set(key, way)
    const span = Math.floor((events[0]?.event.atMs ?? 0) / this.#spanMs)
    if (span === way.span) {
      if (way.last) this.#leaveOut(way.last, way.first)
      way.last = candidate
      return
    }
    if (way.last) this.#release(way.last)
    way.last = undefined
    way.span = span
    way.first = this.#release(candidate)
  }

  /** The first event of it that is kept now. */
  #release(candidate: Candidate): Held | undefined {
    const { conn } = candidate
    if (!this.#open.delete(conn)) return undefined
    this.#kept.add(conn)
    const events = this.#unpacked(candidate)
    this.#free(candidate)
    this.#keep(conn, events)
    return events[0]
  }

  #unpacked({ room: { rows, orders, odd }, count }: Candidate): readonly Held[] {
    const { shapes } = this.#packer
    return Array.from({ length: count }, (_, row) => ({
      event: unpacked(rows, row, shapes, odd),
      order: orders[row] ?? 0,
      isKept: false,
    }))
  }

  #free({ room }: Candidate): void {
    room.odd = []
    this.#rooms.push(room)
  }

  #leaveOut(candidate: Candidate, first: Held | undefined): void {
    const { conn } = candidate
    if (!this.#open.delete(conn)) return
    this.#free(candidate)
    this.#leftOut.set(conn, 1)
    if (first?.event.what === 'open') first.event = { ...first.event, besides: (first.event.besides ?? 0) + 1 }
  }
}

/** The same for two connections that went the same way. What crosses on the way may be seen in any order, so each edge counts alone. */
function wayOf(events: readonly Held[]): string {
  const edges: Record<string, string> = {}
  for (const { event } of events) {
    const edge = 'edge' in event ? event.edge : 'none'
    edges[edge] = `${edges[edge] ?? ''} ${stepOf(event)}`
  }
  const [first, last] = [events[0]?.event, events.at(-1)?.event]
  const tookMs = (last?.atMs ?? 0) - (first?.atMs ?? 0)
  return `${first?.device ?? ''} ${Math.round(2 * Math.log2(1 + tookMs / 10))} ${JSON.stringify(edges)}`
}

function stepOf(event: Event): string {
  if (event.what !== 'packet') return `${event.what}${'from' in event ? event.from : ''}`
  const { cmd, code = 0, qos = 0 } = event.packet
  return `${event.flow}${cmd}${code}${qos}`
}
