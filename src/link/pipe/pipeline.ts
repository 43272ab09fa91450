/**
 * The inside of one connection: two flows through an ordered chain of stages, one stage a toxic.
 *
 *     client --up-->  [stage] [stage] [stage]  --> broker
 *     client <--down--  the same stages, in the same order  -- broker
 *
 * What travels is items (open, bytes, fin, rst), as a TCP path carries segments. Each stage has one queue per flow, and
 * a queue is first in, first out: an item waits until it is due *and* everything before it is gone. So a later, shorter
 * delay never overtakes, a FIN never arrives before the bytes it follows, and what arrives while something is held
 * stays behind it, without any toxic having to think of it.
 *
 * Two ways to wait, and TCP makes them different:
 * - *delayed* items are in flight. They arrive whatever becomes of their sender.
 * - *held* items did not get through. They are still the sender's, who will send them again. So they are gone the
 *   moment that the sender forgets the connection: an RST that enters a stage throws away what is held there on its
 *   own flow, then it is ruled on itself. It does not disturb what is in flight before it, nor the other flow.
 *
 * A toxic may come and go at any time. It is added at the end of the chain (nearest to where items leave), so that it
 * meets everything that has not left yet. When it is lifted, it stops ruling at once; what it holds is let go after its
 * linger, in order, and what comes meanwhile queues up behind that; then the stage is taken out.
 *
 * Nothing here knows of sockets, and all waiting is done on the Clock that is passed in. If leaving items make somebody
 * send at once (as in a simulation), what enters is put aside until the pipeline is done with what it is doing, so that
 * order holds there too. After `dispose` no timer is left and nothing leaves any more.
 */
import type { Clock, Dated } from '../../clock/clock.ts'
import type { Flow, Side } from '../../model/flow.ts'
import { type Item, type Meeting, owned } from '../toxics/toxic.ts'
import { PipeStage, type PipeStageContext } from './stage.ts'
import type { Placed } from './toxic-set.ts'

export interface PipelineContext {
  readonly clock: Clock
  /** An item leaves the chain. */
  leave(flow: Flow, item: Item): void
  /** A toxic wants the link to end the connection towards `side`. */
  end(side: Side | 'both', how: 'fin' | 'rst'): void
  /** `when`: where somebody else did it; absent: now. */
  mark(placed: Placed, what: 'held' | 'touched', note: string, when?: Dated): void
  /** What waits on this flow became heavier (or, negative, lighter), in bytes. */
  weigh(flow: Flow, delta: number): void
  /** The source of this flow is left unread for this toxic, or is not any more. */
  stall(placed: Placed, flow: Flow, on: boolean): void
}

export class Pipeline {
  readonly #context: PipelineContext
  readonly #stages: PipeStage[] = []
  readonly #aside: { readonly flow: Flow; readonly item: Item }[] = []
  readonly #stageSeat: PipeStageContext
  #busy = false
  #over = false

  constructor(context: PipelineContext) {
    this.#context = context
    this.#stageSeat = {
      nowMs: () => context.clock.nowMs(),
      at: (atMs, act) => context.clock.at(atMs, () => this.#exclusively(act)),
      forward: (from, flow, item) => this.#offer(this.#stages.indexOf(from) + 1, flow, item),
      weigh: (flow, delta) => context.weigh(flow, delta),
      stall: (placed, flow, on) => context.stall(placed, flow, on),
      mark: (placed, what, note) => context.mark(placed, what, note),
      end: (side, how) => context.end(side, how),
      emptied: stage => this.#remove(stage),
    }
  }

  /** Puts a toxic at the end of the chain. */
  add(placed: Placed, meeting: Meeting): void {
    const stage = new PipeStage(placed, meeting, this.#stageSeat)
    this.#stages.push(stage)
    this.#exclusively(() => stage.begin())
  }

  lift(key: string): void {
    const stage = this.#stages.find(({ placed }) => placed.key === key)
    if (stage) this.#exclusively(() => stage.lift())
  }

  /** Gives the toxic of this key other attributes, in its place. */
  replace(placed: Placed, meeting: Meeting): void {
    const stage = this.#stages.find(({ placed: { key } }) => key === placed.key)
    if (stage) this.#exclusively(() => stage.replace(placed, meeting))
  }

  /** What enters leaves in the same call: no toxic is here, and nothing stands before it. */
  get isBare(): boolean {
    return this.#stages.length === 0 && !this.#busy
  }

  enter(flow: Flow, item: Item): void {
    if (this.#busy) this.#aside.push({ flow, item: owned(item) })
    else this.#exclusively(() => this.#offer(0, flow, this.#stages.length === 0 ? item : owned(item)))
  }

  /** Whether something of this flow is held, not merely delayed. */
  holds(flow: Flow): boolean {
    return this.#stages.some(stage => stage.holds(flow))
  }

  /** The sender of this flow has forgotten the connection. */
  loseHeld(flow: Flow): void {
    for (const stage of this.#stages) stage.loseHeld(flow)
  }

  /** What is in flight leaves now; what is held, or stands behind something held, is lost. */
  flush(flow: Flow): void {
    for (const stage of [...this.#stages].reverse()) {
      for (const item of stage.takeReady(flow)) this.#context.leave(flow, item)
      if (stage.holds(flow)) break
    }
    this.clear(flow)
  }

  /** All that is under way on this flow is lost. */
  clear(flow: Flow): void {
    for (const stage of this.#stages) stage.clear(flow)
  }

  dispose(): void {
    this.#over = true
    this.#aside.length = 0
    for (const stage of this.#stages.splice(0)) stage.dispose()
  }

  #offer(index: number, flow: Flow, item: Item): void {
    if (this.#over) return
    const stage = this.#stages[index]
    if (stage) stage.take(flow, item)
    else this.#context.leave(flow, item)
  }

  #remove(stage: PipeStage): void {
    const index = this.#stages.indexOf(stage)
    if (index >= 0) this.#stages.splice(index, 1)
  }

  /** Runs `act`, then what wanted to enter meanwhile. */
  #exclusively(act: () => void): void {
    if (this.#busy) {
      act()
      return
    }
    this.#busy = true
    try {
      act()
      for (let next = this.#aside.shift(); next && !this.#over; next = this.#aside.shift())
        this.#offer(0, next.flow, next.item)
    } finally {
      this.#busy = false
    }
  }
}
