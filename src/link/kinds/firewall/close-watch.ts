/**
 * Once a kernel has to send again it sends nothing new before the old is acknowledged, not even the FIN of a program that
 * has closed; and what is small may wait for an acknowledgement from the beginning (Nagle: RFC 896, RFC 9293 §3.7.4). So on a dead path
 * neither the moment of closing nor what a program writes is to be seen on the wire, and the peer's kernel is asked instead: often, but
 * only while a connection is stuck like that. It tells the state of the socket, and how much was written that nobody has acknowledged.
 */
import { between, type Cancel, type Clock, type Dated } from '../../../clock/clock.ts'
import type { Side } from '../../../model/flow.ts'
import type { SocketReport, SocketWatch } from './socket-watch.ts'
import { ahead, type TcpSegment } from './tcp-segment.ts'
import type { TrackedFlow } from './tracked-flow.ts'

/** Of one side of one connection while it is stuck; more tells nothing new. */
const MOST_UNSENT = 200
/** What was on the wire before a look has become known here by so much later: it comes from another process than the look. */
const SETTLED_MS = 50

interface CloseContext {
  readonly clock: Clock
  /** From the machine's monotonic clock to the run's. */
  readonly offsetMs: number
  /** Begins to look at the sockets of a side. */
  readonly start: (
    side: Side,
    on: { readonly changed: (id: number, report: SocketReport) => void; readonly trouble: (note: string) => void },
  ) => SocketWatch
  readonly trouble: (note: string) => void
  /** `fin`: the program has closed. `rst`: its kernel has given the connection up. */
  readonly ended: (flow: TrackedFlow, side: Side, how: 'fin' | 'rst', when: Dated) => void
  /** Its program has written so much that is not sent. */
  readonly unsent: (flow: TrackedFlow, side: Side, bytes: number, when: Dated) => void
}

interface Stuck {
  readonly id: number
  readonly flow: TrackedFlow
  readonly side: Side
  /** The last moment at which its program still held it, on the run's clock. */
  readonly openMs: number
  /** Since when what is written may not be on the wire. */
  readonly sinceMs: number
  /** Up to which byte its kernel had an acknowledgement when it was first looked at, or further; `undefined`: of none. */
  readonly ackedTo: number | undefined
  /** How much the kernel calls acknowledged, at the first look. */
  ackedBytes?: number
  /** Up to which byte its program is known to have written. */
  writtenTo?: number
  told: number
}

export class CloseWatch implements AsyncDisposable {
  readonly #context: CloseContext
  readonly #stuck: Readonly<Record<Side, Map<TrackedFlow, Stuck>>> = { client: new Map(), broker: new Map() }
  readonly #byId = new Map<number, Stuck>()
  readonly #watches = new Map<Side, SocketWatch>()
  readonly #waiting = new Set<{ readonly cancel: Cancel; readonly see: () => void }>()
  #asked = 0

  constructor(context: CloseContext) {
    this.#context = context
  }

  /** Before anything can be stuck: where its program is only started then, the first look comes late. */
  begin(): void {
    const { start, trouble } = this.#context
    for (const side of ['client', 'broker'] as const)
      this.#watches.set(
        side,
        start(side, { changed: (id, report) => this.#later(() => this.#seen(id, report)), trouble }),
      )
  }

  /** To be told before the flow's streams are. `atMs`: the segment's date on the run's clock. */
  sent(flow: TrackedFlow, { edge, seq, syn, fin, rst }: TcpSegment, atMs: number): void {
    const { next } = flow.streams[edge].in
    // A keep-alive probe of TCP is a byte again that was acknowledged long ago.
    const isAgain = next !== undefined && !syn && !rst && ahead(next, seq) > 0
    if (fin || rst) this.#forget(flow, edge)
    else if (isAgain) this.#look(flow, edge, atMs)
  }

  passed(flow: TrackedFlow, { edge, ack, hasAck }: TcpSegment): void {
    const { next } = flow.streams[edge].in
    if (hasAck && next !== undefined && ahead(ack, next) >= 0) this.#forget(flow, edge)
  }

  /** What that side does is not to be seen on a wire from now on, and its kernel is asked. */
  hide(flow: TrackedFlow, side: Side): void {
    this.#look(flow, side, this.#context.clock.nowMs())
  }

  isStuck(flow: TrackedFlow, side: Side): boolean {
    return this.#stuck[side].has(flow)
  }

  /** Nobody is looked at any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { cancel, see } of this.#waiting) {
      cancel()
      see()
    }
    for (const flows of Object.values(this.#stuck)) flows.clear()
    this.#byId.clear()
    await Promise.all([...this.#watches.values()].map(watch => watch[Symbol.asyncDispose]()))
  }

  /** What was written since the last new byte on the wire may have waited from then on. */
  #look(flow: TrackedFlow, side: Side, openMs: number): void {
    const isOver = flow.told.has(`${side} in fin`) || flow.told.has(`${side} in rst`)
    if (isOver || this.#stuck[side].has(flow)) return
    const { sentMs, ackedTo } = flow.wire[side]
    const stuck: Stuck = { id: ++this.#asked, flow, side, openMs, sinceMs: sentMs, ackedTo, told: 0 }
    this.#stuck[side].set(flow, stuck)
    this.#byId.set(stuck.id, stuck)
    const [own, peer] = side === 'client' ? [flow.inside, flow.broker] : [flow.broker, flow.outside ?? flow.inside]
    this.#watches.get(side)?.watch(stuck.id, own, peer)
  }

  #later(see: () => void): void {
    const { clock } = this.#context
    const waiting = { see, cancel: clock.at(clock.nowMs() + SETTLED_MS, () => this.#waiting.delete(waiting) && see()) }
    this.#waiting.add(waiting)
  }

  #forget(flow: TrackedFlow, side: Side): void {
    const stuck = this.#stuck[side].get(flow)
    if (!stuck) return
    this.#stuck[side].delete(flow)
    this.#byId.delete(stuck.id)
    this.#watches.get(side)?.forget(stuck.id)
  }

  #seen(id: number, { state, sendBytes, ackedBytes, lookedMs, seenMs }: SocketReport): void {
    const stuck = this.#byId.get(id)
    // It may have been forgotten while this was on its way.
    if (!stuck) return
    const { flow, side } = stuck
    const { offsetMs } = this.#context
    const onRun = (ms: number | undefined, orMs: number) => (ms === undefined ? orMs : ms + offsetMs)
    const isOpen = OPEN.has(state)
    const atMs = seenMs + offsetMs
    if (state !== GONE)
      this.#written(
        stuck,
        { ackedBytes, sendBytes: sendBytes - (isOpen ? 0 : FIN) },
        between(onRun(lookedMs, stuck.sinceMs), atMs),
      )
    if (isOpen) return
    this.#forget(flow, side)
    this.#context.ended(flow, side, state === GONE ? 'rst' : 'fin', between(onRun(lookedMs, stuck.openMs), atMs))
  }

  /** What the kernel had an acknowledgement for at the first look was known here at most a little later than that: so never too much. */
  #written(stuck: Stuck, { ackedBytes, sendBytes }: Pick<SocketReport, 'ackedBytes' | 'sendBytes'>, when: Dated): void {
    const { flow, side, ackedTo } = stuck
    const { next } = flow.streams[side].in
    if (next === undefined || ackedTo === undefined) return
    stuck.ackedBytes ??= ackedBytes
    const writtenTo = (ackedTo + Math.max(0, ackedBytes - stuck.ackedBytes) + sendBytes) >>> 0
    const known = stuck.writtenTo === undefined || ahead(next, stuck.writtenTo) > 0 ? next : stuck.writtenTo
    const bytes = ahead(writtenTo, known)
    stuck.writtenTo = bytes > 0 ? writtenTo : known
    if (bytes > 0 && stuck.told++ < MOST_UNSENT) this.#context.unsent(flow, side, bytes, when)
  }
}

/** include/net/tcp_states.h: ESTABLISHED, SYN_SENT, SYN_RECV, CLOSE_WAIT: a program still holds its end. */
const OPEN: ReadonlySet<number> = new Set([1, 2, 3, 8])
/** There is no such socket. */
const GONE = 0
/** It takes a number of its own, as a byte does (RFC 9293 §3.4), and stands in the queue with the bytes. */
const FIN = 1
