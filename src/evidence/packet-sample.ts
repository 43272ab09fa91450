/**
 * What is kept of the packets of one connection on which very many pass. All of the first; then, for each flow, edge and control packet:
 * - the first and the last within each span of time, and the last before anything else happens, so that every silence that is longer
 *   than a span is there with both of its ends, and every date that something else is compared with is exact;
 * - the two around the longest silence so far;
 * - with a request that is kept its answer; and requests that have waited for one for longest.
 * Each says how many have passed so far, so that what is counted is counted right.
 */
import type { Event, PassingEvent } from '../model/event.ts'
import type { Held, Kept } from './kept.ts'
import { answerTo } from './request.ts'

export type Passed = Event & PassingEvent
type HeldPassed = Held<Passed>

/** Requests without an answer that are kept when something else happens. */
const OPEN_ONES = 16

/** Of one flow at one edge. */
interface SampledFlow {
  packets: number
  bytes: number
  longestMs: number
  before: HeldPassed | undefined
}

/** Of one control packet of a way. */
interface Kind {
  count: number
  span: number
  /** The last one, where it is not kept, with the answers that it had. */
  last: { readonly held: HeldPassed; readonly key: string | undefined; readonly answers: HeldPassed[] } | undefined
}

export class PacketSample {
  readonly #kept: Kept
  readonly #spanMs: number
  readonly #first: number
  readonly #ways = new Map<string, SampledFlow>()
  readonly #kinds = new Map<string, Kind>()
  /** Requests with an id that were kept and have no answer yet, by what answers them; and those that were not kept. */
  readonly #wanted = new Set<string>()
  readonly #open = new Map<string, HeldPassed>()
  readonly #lasts = new Map<string, Kind>()
  #count = 0

  /** All of the `first` packets are kept, whatever comes later. */
  constructor(kept: Kept, spanMs: number, first: number) {
    this.#first = first
    this.#kept = kept
    this.#spanMs = spanMs
  }

  /** `isRare`: it is kept, whatever comes. */
  see(held: HeldPassed, isRare: boolean): void {
    const { event } = held
    const wayKey = `${event.edge} ${event.flow}`
    const way = this.#ways.get(wayKey) ?? { packets: 0, bytes: 0, longestMs: 0, before: undefined }
    this.#ways.set(wayKey, way)
    const name = nameOf(event)
    const kindKey = `${wayKey} ${name}`
    const kind = this.#kinds.get(kindKey) ?? { count: 0, span: Number.NaN, last: undefined }
    this.#kinds.set(kindKey, kind)
    way.packets++
    way.bytes += bytesOf(event)
    kind.count++
    const soFar = { packets: way.packets, alike: kind.count, bytes: way.bytes }
    held.event = { ...event, soFar }
    const key = keyOf(event)
    const isAnswer = event.flow === 'down' && key !== undefined
    if (isAnswer) this.#answered(key, held)
    if (isRare) this.#kept.add(held)
    else this.#choose(held, kind, isAnswer ? undefined : key)
    this.#silence(way, held)
    way.before = held
  }

  /** Something else happens: the last of each kind before it counts, and what waits for an answer. */
  mark(): void {
    for (const kind of this.#kinds.values()) {
      this.#keepLast(kind)
      kind.span = Number.NaN
    }
    let left = OPEN_ONES
    for (const [key, held] of this.#open) {
      if (left-- === 0) return
      this.#keepRequest(held, key)
    }
  }

  #choose(held: HeldPassed, kind: Kind, key: string | undefined): void {
    const span = Math.floor(held.event.atMs / this.#spanMs)
    const isFirst = this.#count++ < this.#first || span !== kind.span
    if (isFirst) {
      this.#keepLast(kind)
      kind.span = span
      this.#keepRequest(held, key)
      return
    }
    if (held.isKept) return
    if (kind.last?.key !== undefined) this.#lasts.delete(kind.last.key)
    kind.last = { held, key, answers: [] }
    if (key === undefined) return
    this.#lasts.set(key, kind)
    this.#open.delete(key)
    this.#open.set(key, held)
  }

  #answered(key: string, held: HeldPassed): void {
    this.#open.delete(key)
    if (this.#wanted.delete(key)) this.#kept.add(held)
    this.#lasts.get(key)?.last?.answers.push(held)
  }

  #keepLast(kind: Kind): void {
    const { last } = kind
    kind.last = undefined
    if (!last) return
    const { held, key, answers } = last
    if (key !== undefined) this.#lasts.delete(key)
    if (key === undefined || answers.length === 0) this.#keepRequest(held, key)
    else for (const each of [held, ...answers]) this.#kept.add(each)
  }

  #keepRequest(held: HeldPassed, key: string | undefined): void {
    this.#kept.add(held)
    if (key === undefined) return
    this.#open.delete(key)
    this.#wanted.add(key)
  }

  /** A request whose answer is gone already would look as if it never had one: then the silence is not kept. */
  #silence(way: SampledFlow, held: HeldPassed): void {
    const { before } = way
    if (!before) return
    const forMs = held.event.atMs - before.event.atMs
    if (forMs <= way.longestMs) return
    way.longestMs = forMs
    for (const each of [before, held]) {
      const key = each.event.flow === 'up' ? keyOf(each.event) : undefined
      if (key === undefined) this.#kept.add(each)
      else if (this.#open.get(key) === each) this.#keepRequest(each, key)
    }
  }
}

function nameOf(event: Passed): string {
  if (event.what === 'packet') return `${event.packet.cmd} ${event.packet.qos ?? ''}`
  return event.what === 'data' ? 'data' : `websocket ${event.frame.kind}`
}

function bytesOf(event: Passed): number {
  if (event.what === 'packet') return event.packet.bytes
  return event.what === 'data' ? event.bytes : event.frame.bytes
}

/** Of a request with an id, and of what answers it, the same; `undefined` for all others. PINGREQ has none: any answer answers it. */
function keyOf(event: Passed): string | undefined {
  if (event.what !== 'packet' || event.packet.messageId === undefined) return undefined
  const { packet, flow, edge } = event
  const answer = flow === 'down' ? packet.cmd : answerTo(packet)
  return answer === undefined ? undefined : `${edge} ${answer} ${packet.messageId}`
}
