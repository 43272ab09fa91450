/**
 * What the kernel's table must hold, told from the segments that passed: the kernel forgets without a word, so the moment
 * of expiry is the last refresh plus the time-out.
 */
import type { Cancel, Clock } from '../../clock/clock.ts'
import { formatMs } from '../../model/duration.ts'
import { flowFrom } from '../../model/flow.ts'
import type { Box } from './box.ts'
import type { TrackedFlow } from './flow.ts'
import type { Segment } from './segment.ts'

export interface IdleSeat {
  readonly clock: Clock
  readonly box: Box
  readonly mark: (flow: TrackedFlow, what: 'held' | 'touched', note: string, atMs: number) => void
  /** At the moment of expiry, as far as that is known. */
  readonly expired: (flow: TrackedFlow) => void
}

/** What passed right before the expiry may be told this much later. */
const LATE_MS = 30

export class IdleTable {
  readonly #seat: IdleSeat
  readonly #forgotten = new Set<TrackedFlow>()
  readonly #timers = new Map<TrackedFlow, Cancel>()
  readonly #placedMs: number
  #refreshes = 0
  #over = false

  constructor(seat: IdleSeat, flows: readonly TrackedFlow[]) {
    this.#seat = seat
    this.#placedMs = seat.clock.nowMs()
    for (const flow of flows) this.#watch(flow)
  }

  /** How long until the kernel is to forget it. */
  leftMs(flow: TrackedFlow): number {
    return this.#deadlineMs(flow) - this.#seat.clock.nowMs()
  }

  forgets(flow: TrackedFlow): boolean {
    return this.#forgotten.has(flow)
  }

  passed(flow: TrackedFlow, segment: Segment, atMs: number): void {
    if (this.#over) return
    if (this.#forgotten.has(flow) && !this.#brings(segment)) return
    this.#forgotten.delete(flow)
    if (this.#refreshes++ === 0) this.#seat.mark(flow, 'touched', 'saw the first packet that keeps a flow alive', atMs)
    if (!this.#timers.has(flow)) this.#watch(flow)
  }

  /** Nothing expires any more. */
  lift(): void {
    this.#over = true
    const nowMs = this.#seat.clock.nowMs()
    for (const [flow, cancel] of this.#timers) {
      cancel()
      if (this.#deadlineMs(flow) <= nowMs && !flow.over) this.#expire(flow, nowMs)
    }
    this.#timers.clear()
  }

  /** The run is over. */
  end(): void {
    this.#over = true
    for (const cancel of this.#timers.values()) cancel()
  }

  /** A packet from inside that makes the table know the flow again. */
  #brings({ edge, way, rst, payload, fin }: Segment): boolean {
    const { recreate, payloadOnly } = this.#seat.box
    const isOutbound = edge === 'broker' && way === 'out'
    return recreate && isOutbound && !rst && (!payloadOnly || payload.length > 0 || fin)
  }

  #watch(flow: TrackedFlow): void {
    const { clock, box } = this.#seat
    // Where both ends are to be told at that moment there is no time to lose.
    const lateMs = box.onExpiry === 'silent' ? LATE_MS : 0
    const look = () => {
      this.#timers.delete(flow)
      if (flow.over) return
      const dueMs = this.#deadlineMs(flow)
      if (clock.nowMs() < dueMs) this.#watch(flow)
      else this.#expire(flow, dueMs)
    }
    this.#timers.set(flow, clock.at(this.#deadlineMs(flow) + lateMs, look))
  }

  #expire(flow: TrackedFlow, atMs: number): void {
    const { box, mark, expired } = this.#seat
    this.#forgotten.add(flow)
    const note = `forgot the flow after ${formatMs(box.afterMs)} of silence; ${this.#refreshes} refreshes before`
    // A box that is put in place was always there, but before that it had nothing to say.
    const heldMs = Math.max(atMs, this.#placedMs)
    mark(flow, 'touched', note, heldMs)
    mark(flow, 'held', note, heldMs)
    expired(flow)
  }

  #deadlineMs({ activity: { up, down } }: TrackedFlow): number {
    const { afterMs, refreshedBy, payloadOnly } = this.#seat.box
    const [upMs, downMs] = [up, down].map(each => (payloadOnly ? each.payloadMs : each.packetMs)) as [number, number]
    const lastMs = {
      both: Math.max(upMs, downMs),
      out: upMs,
      in: downMs,
      'each-own': Math.min(upMs, downMs),
    }
    return lastMs[refreshedBy] + afterMs
  }
}

/** Whether a segment that a side sent is one that a middlebox which forgot its flow would answer. */
export const meetsNext = (box: Box, { payload, fin, rst }: Segment): boolean =>
  !rst && (!box.payloadOnly || payload.length > 0 || fin)

export const nextFor = (box: Box, { edge }: Segment) =>
  edge === 'client' && (box.recreate || box.inboundOnly) ? 'pass' : box.onNext[flowFrom(edge)]
