/**
 * What the kernel's table must hold, told from the segments that passed: the kernel forgets without a word, so the moment
 * of expiry is the last refresh plus the time-out. The kernel counts in ticks, so it may be some milliseconds earlier.
 */
import { between, type Cancel, type Clock, type Dated } from '../../../clock/clock.ts'
import { formatMs } from '../../../model/duration.ts'
import { flowFrom } from '../../../model/flow.ts'
import type { Box } from './box.ts'
import type { Member } from './idle-rules.ts'
import type { TcpSegment } from './tcp-segment.ts'
import type { TrackedFlow } from './tracked-flow.ts'

export interface IdleContext {
  readonly clock: Clock
  readonly box: Box
  /** How much earlier than its time-out the kernel may forget. */
  readonly tickMs: number
  readonly mark: (flow: TrackedFlow, what: 'held' | 'touched', note: string, when: Dated) => void
  /** At the moment of expiry, as far as that is known. */
  readonly expired: (flow: TrackedFlow) => void
  /**
   * Makes the kernel forget a flow that nothing has passed on since before the table was in place: it has another time-out from
   * before. Absent: the kernel was given the rest of its time.
   */
  readonly forget?: (flow: TrackedFlow) => Promise<Dated>
  /** Resolves once all that has passed until now has been told. */
  readonly settle: () => Promise<void>
  readonly trouble: (error: unknown) => void
}

export class IdleTable {
  readonly #context: IdleContext
  readonly #forgotten = new Set<TrackedFlow>()
  readonly #timers = new Map<TrackedFlow, Cancel>()
  readonly #composedMs: number
  /** Flows that the kernel's set knows from the beginning, with how long it is to know them. */
  readonly #known: ReadonlyMap<TrackedFlow, number>
  #placed: Dated | undefined
  /** What passed before it was known when the kernel had the table. */
  #early: Parameters<IdleTable['passed']>[] = []
  #refreshes = 0
  #over = false

  constructor(context: IdleContext, flows: readonly TrackedFlow[]) {
    this.#context = context
    this.#composedMs = context.clock.nowMs()
    const left = flows.map(flow => [flow, Math.floor(this.#deadlineMs(flow) - this.#composedMs)] as const)
    this.#known = new Map(left.filter(([, leftMs]) => leftMs >= 1))
  }

  /** What a set of the kernel is to know from the beginning; the others it forgets by being put in place. */
  members(): readonly Member[] {
    return [...this.#known].map(([{ inside }, leftMs]) => ({ inside, leftMs }))
  }

  /** The kernel has it now. Before that nothing is forgotten. `flows`: those that there are. */
  place(when: Dated, flows: readonly TrackedFlow[]): void {
    this.#placed = when
    const isOpen = (flow: TrackedFlow) => this.#known.has(flow) || flow.openedMs > this.#placedFromMs
    const isStranger = (flow: TrackedFlow) => this.#context.box.timer === 'set' && !isOpen(flow)
    for (const flow of flows.filter(each => this.#isFirst(each))) {
      if (isStranger(flow)) this.#expire(flow, when)
      else this.#watch(flow)
    }
    this.#catchUp(when)
  }

  /** The kernel has been made to forget all that it knew. */
  lose(when: Dated, flows: readonly TrackedFlow[]): void {
    this.#placed = when
    for (const flow of flows.filter(each => this.#isFirst(each))) this.#expire(flow, when)
    this.#catchUp(when)
  }

  forgets(flow: TrackedFlow): boolean {
    return this.#forgotten.has(flow)
  }

  passed(flow: TrackedFlow, segment: TcpSegment, atMs: number): void {
    if (this.#over) return
    if (!this.#placed) {
      this.#early.push([flow, segment, atMs])
      return
    }
    if (this.#forgotten.has(flow) && !this.#brings(segment)) return
    this.#forgotten.delete(flow)
    const note = 'saw the first packet that keeps a flow alive'
    if (this.#refreshes++ === 0) this.#context.mark(flow, 'touched', note, { atMs, lateMs: 0 })
    if (!this.#timers.has(flow)) this.#watch(flow)
  }

  /** Nothing expires any more. */
  lift(): void {
    this.#over = true
    const nowMs = this.#context.clock.nowMs()
    for (const [flow, cancel] of this.#timers) {
      cancel()
      const isDue = this.#deadlineMs(flow) <= nowMs && !flow.over
      if (isDue && !(this.#context.forget && this.#isSilent(flow))) this.#expire(flow)
    }
    this.#timers.clear()
  }

  /** The run is over. */
  end(): void {
    this.#over = true
    for (const cancel of this.#timers.values()) cancel()
  }

  /** Of what passed meanwhile, what surely met the table. */
  #catchUp({ atMs: placedMs }: Dated): void {
    for (const [flow, segment, atMs] of this.#early) if (atMs >= placedMs) this.passed(flow, segment, atMs)
    this.#early = []
  }

  /** A packet from inside that makes the table know the flow again. */
  #brings({ edge, way, rst, payload, fin }: TcpSegment): boolean {
    const { recreate, payloadOnly } = this.#context.box
    const isOutbound = edge === 'broker' && way === 'out'
    return recreate && isOutbound && !rst && (!payloadOnly || payload.length > 0 || fin)
  }

  #watch(flow: TrackedFlow): void {
    const { clock, settle, trouble } = this.#context
    const look = () => {
      this.#timers.delete(flow)
      settle()
        .then(() => this.#look(flow))
        .catch(trouble)
    }
    this.#timers.set(flow, clock.at(this.#deadlineMs(flow), look))
  }

  /** All is known that passed before its time was over. */
  #look(flow: TrackedFlow): void {
    const { clock, forget } = this.#context
    if (flow.over || this.#over || this.#timers.has(flow) || this.#forgotten.has(flow)) return
    if (clock.nowMs() < this.#deadlineMs(flow)) this.#watch(flow)
    else if (forget && this.#isSilent(flow)) this.#make(flow, forget)
    else this.#expire(flow)
  }

  /** It was opened before the kernel had the table. */
  #isFirst({ over, openedMs }: TrackedFlow): boolean {
    return !over && openedMs <= this.#placedMs
  }

  /** Nothing passed since the kernel has the table. */
  #isSilent(flow: TrackedFlow): boolean {
    return this.#isFirst(flow) && this.#lastMs(flow) <= this.#placedMs
  }

  #make(flow: TrackedFlow, forget: NonNullable<IdleContext['forget']>): void {
    const dueMs = this.#deadlineMs(flow)
    // Where a packet passed while the kernel was given the new time-out, the kernel itself may have been first.
    const isUnclear = this.#lastMs(flow) >= this.#placedFromMs
    const fromMs = (done: Dated) => (isUnclear ? dueMs - this.#context.tickMs : done.atMs - done.lateMs)
    forget(flow)
      .then(done => this.#expire(flow, between(fromMs(done), done.atMs)))
      .catch(this.#context.trouble)
  }

  #expire(flow: TrackedFlow, when: Dated = this.#expiryOf(flow)): void {
    const { box, mark, expired } = this.#context
    this.#forgotten.add(flow)
    const note = `forgot the flow after ${formatMs(box.afterMs)} of silence; ${this.#refreshes} refreshes before`
    mark(flow, 'touched', note, when)
    mark(flow, 'held', note, when)
    expired(flow)
  }

  /** When the kernel itself forgot it. */
  #expiryOf(flow: TrackedFlow): Dated {
    const dueMs = this.#deadlineMs(flow)
    // In a set, the rest of its time began to run only when the kernel had the set.
    const isFromBefore = this.#context.box.timer === 'set' && this.#isSilent(flow)
    const lagMs = (sinceMs: number) => (isFromBefore ? Math.max(0, sinceMs - this.#composedMs) : 0)
    // A table that is put in place was always there, but before that it had nothing to say.
    const fromMs = Math.max(dueMs - this.#context.tickMs + lagMs(this.#placedFromMs), this.#placedFromMs)
    return between(fromMs, Math.max(dueMs + lagMs(this.#placedMs), this.#placedMs))
  }

  get #placedMs(): number {
    return this.#placed?.atMs ?? Number.POSITIVE_INFINITY
  }

  get #placedFromMs(): number {
    return this.#placed ? this.#placed.atMs - this.#placed.lateMs : Number.POSITIVE_INFINITY
  }

  #deadlineMs(flow: TrackedFlow): number {
    return this.#lastMs(flow) + this.#context.box.afterMs
  }

  /** When something last passed that counts. */
  #lastMs({ activity: { up, down } }: TrackedFlow): number {
    const { refreshedBy, payloadOnly } = this.#context.box
    const [upMs, downMs] = [up, down].map(each => (payloadOnly ? each.payloadMs : each.packetMs)) as [number, number]
    return { both: Math.max(upMs, downMs), out: upMs, in: downMs, 'each-own': Math.min(upMs, downMs) }[refreshedBy]
  }
}

/** Whether a segment that a side sent is one that a middlebox which forgot its flow would answer. */
export const meetsNext = (box: Box, { payload, fin, rst }: TcpSegment): boolean =>
  !rst && (!box.payloadOnly || payload.length > 0 || fin)

export const nextFor = (box: Box, { edge }: TcpSegment) =>
  edge === 'client' && (box.recreate || box.inboundOnly) ? 'pass' : box.onNext[flowFrom(edge)]
