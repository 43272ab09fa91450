/**
 * From what the firewall's kernel saw come in and go out to what happened at the two edges of the link.
 *
 * - A segment that comes in from a side was sent by it; one that goes out to a side is handed to it. What comes in and never
 *   goes out was dropped: that is all there is to see of a silent firewall.
 * - An RST that goes out to a side without the other side having sent it is the firewall's own.
 * - With address translation the broker sees another address and port. The SYN's sequence number says whose it is. If the
 *   firewall later sends the same connection from yet another port, the broker's program never hears of it: its kernel
 *   answers a stranger. So what passes there is neither delivered nor the broker's doing.
 */
import type { Dated } from '../../../clock/clock.ts'
import type { Record } from '../../../clock/kit.ts'
import { flowFrom, opposite, type Side } from '../../../model/flow.ts'
import { Tap } from '../../pipe/tap.ts'
import type { TcpSegment } from './tcp-segment.ts'
import { newFlow, type TrackedFlow } from './tracked-flow.ts'

export interface FlowWatcher {
  /** A side sent it. It may or may not get through. Told before the flow's streams know of it. */
  sent(flow: TrackedFlow, segment: TcpSegment, atMs: number): void
  /** It got through to the other side. */
  passed(flow: TrackedFlow, segment: TcpSegment, atMs: number): void
  /** That side's kernel has sent something again, or probed, and was not answered. */
  stuck?(flow: TrackedFlow, side: Side): boolean
}

/** By a kernel whose questions nobody acknowledged. */
const GIVEN_UP = { what: 'rst', unacknowledged: true } as const
/** A date that is this exact needs no more to be said of it: far below the lab's resolution. */
const EXACT_MS = 0.5

export class Tracker {
  readonly #record: Record
  readonly #watcher: FlowWatcher
  readonly #toClockMs: number
  readonly #inside = new Map<string, TrackedFlow>()
  readonly #outside = new Map<string, TrackedFlow>()
  readonly #byIsn = new Map<number, TrackedFlow>()
  #opened = 0
  #nowMs = 0
  #lateMs = 0

  /** `toClockMs`: what to add to the dates of segments for the run's clock. */
  constructor(record: Record, toClockMs: number, watcher: FlowWatcher) {
    this.#record = event =>
      record({ ...event, atMs: this.#nowMs, ...(this.#lateMs > EXACT_MS && { lateMs: this.#lateMs }) })
    this.#toClockMs = toClockMs
    this.#watcher = watcher
  }

  /** Those that are not over. */
  flows(): readonly TrackedFlow[] {
    return [...this.#inside.values()].filter(flow => !flow.over)
  }

  see(segment: TcpSegment): void {
    this.#nowMs = segment.seenMs + this.#toClockMs
    this.#lateMs = segment.lateMs
    const flow = this.#flowOf(segment)
    if (!flow) return
    if (segment.way === 'in') this.#sent(flow, segment)
    else this.#handed(flow, segment)
  }

  /** The kernel of that side says that its end is over; on the wire nothing was to be seen of it. */
  ended(flow: TrackedFlow, side: Side, how: 'fin' | 'rst', when: Dated): void {
    this.#at(when)
    this.#once(flow, `${side} in ${how}`, () => flow.tap.entered(side, how === 'fin' ? { what: how } : GIVEN_UP))
  }

  /** The kernel of that side says that its program has written so much more, and on the wire nothing was to be seen of it. */
  unsent(flow: TrackedFlow, side: Side, bytes: number, when: Dated): void {
    this.#at(when)
    flow.tap.unsent(side, bytes)
  }

  #at({ atMs, lateMs }: Dated): void {
    this.#nowMs = atMs
    this.#lateMs = lateMs
  }

  #flowOf(segment: TcpSegment): TrackedFlow | undefined {
    const { edge, way, from, to, syn, hasAck } = segment
    if (edge === 'client') {
      if (way === 'in' && syn && !hasAck) return this.#opening(segment)
      return this.#inside.get(way === 'in' ? from : to)
    }
    const outside = way === 'out' ? from : to
    if (way === 'out' && syn && !hasAck) return this.#arriving(outside, segment)
    const flow = this.#outside.get(outside)
    return flow?.outside === outside ? flow : undefined
  }

  #opening(syn: TcpSegment): TrackedFlow {
    const known = this.#inside.get(syn.from)
    if (known && known.isn === syn.seq) return known
    const conn = ++this.#opened
    const flow = newFlow(conn, new Tap({ record: this.#record }, conn), syn, this.#nowMs)
    this.#inside.set(syn.from, flow)
    this.#byIsn.set(syn.seq, flow)
    flow.tap.entered('client', { what: 'open' })
    return flow
  }

  #arriving(outside: string, { seq }: TcpSegment): TrackedFlow | undefined {
    const flow = this.#byIsn.get(seq)
    if (!flow || flow.outside !== undefined) return flow
    flow.outside = outside
    this.#outside.set(outside, flow)
    flow.tap.left('broker', { what: 'open' })
    return flow
  }

  #sent(flow: TrackedFlow, segment: TcpSegment): void {
    const { edge: side } = segment
    const isGivenUp = segment.rst && this.#watcher.stuck?.(flow, side) === true
    // First, while what is new in it can still be told from what was sent before.
    this.#watcher.sent(flow, segment, this.#nowMs)
    const { bytes, fin } = flow.streams[side].in.push(segment)
    if (bytes.length > 0) {
      flow.wire[side].sentMs = this.#nowMs
      flow.tap.entered(side, { what: 'bytes', bytes })
    }
    if (fin) this.#once(flow, `${side} in fin`, () => flow.tap.entered(side, { what: 'fin' }))
    if (segment.rst) {
      flow.resets[side].add(segment.seq)
      this.#once(flow, `${side} in rst`, () => flow.tap.entered(side, isGivenUp ? GIVEN_UP : { what: 'rst' }))
    }
  }

  #handed(flow: TrackedFlow, segment: TcpSegment): void {
    const { edge: side } = segment
    const sender = opposite(side)
    if (segment.rst) {
      const own = !flow.resets[sender].has(segment.seq)
      this.#once(flow, `${side} out rst`, () =>
        own ? flow.tap.ended(side, 'rst') : flow.tap.left(side, { what: 'rst' }),
      )
      flow.over = true
      if (own) return
    }
    const { bytes, fin } = flow.streams[side].out.push(segment)
    if (bytes.length > 0) flow.tap.left(side, { what: 'bytes', bytes })
    if (fin) flow.tap.left(side, { what: 'fin' })
    if (segment.hasAck) flow.wire[side].ackedTo = segment.ack
    const activity = flow.activity[flowFrom(sender)]
    activity.packetMs = this.#nowMs
    if (segment.payload.length > 0 || segment.syn || segment.fin) activity.payloadMs = this.#nowMs
    this.#watcher.passed(flow, segment, this.#nowMs)
  }

  #once({ told }: TrackedFlow, what: string, tell: () => void): void {
    if (told.has(what)) return
    told.add(what)
    tell()
  }
}
