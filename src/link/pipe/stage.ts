import type { Cancel, Clock } from '../../clock/clock.ts'
import { FLOWS, type Flow, type Side } from '../../model/flow.ts'
import type { Item, Meeting, Ruling, ToxicRun } from '../toxics/toxic.ts'
import { Lane } from './lane.ts'
import type { Placed } from './toxic-set.ts'

/** What a stage needs of the pipeline that it stands in. */
export interface PipeStageContext extends Pick<Clock, 'nowMs' | 'at'> {
  /** On to the next stage. */
  forward(from: PipeStage, flow: Flow, item: Item): void
  weigh(flow: Flow, delta: number): void
  stall(placed: Placed, flow: Flow, on: boolean): void
  mark(placed: Placed, what: 'held' | 'touched', note: string): void
  end(side: Side | 'both', how: 'fin' | 'rst'): void
  /** It was lifted and is empty: it may be taken out. */
  emptied(stage: PipeStage): void
}

/** One toxic at work on one connection: it rules, the stage carries it out. */
export class PipeStage {
  readonly #context: PipeStageContext
  #placed: Placed
  #run: ToxicRun
  readonly #lanes: Readonly<Record<Flow, Lane>>
  /** Flows whose source is left unread for this toxic. */
  readonly #stalled = new Set<Flow>()
  readonly #timers = new Map<Flow | 'wake', Cancel>()
  #lifted = false
  #over = false

  constructor(placed: Placed, meeting: Meeting, context: PipeStageContext) {
    this.#placed = placed
    this.#context = context
    this.#run = placed.toxic.start(placed.attributes, meeting)
    const lane = (flow: Flow) =>
      new Lane(
        context,
        item => context.forward(this, flow, item),
        delta => context.weigh(flow, delta),
      )
    this.#lanes = { up: lane('up'), down: lane('down') }
  }

  get placed(): Placed {
    return this.#placed
  }

  /** Gives the toxic its first say, before any item. */
  begin(): void {
    this.#carryOut(this.#run.onWake?.(this.#context.nowMs()) ?? [])
  }

  take(flow: Flow, item: Item): void {
    // Who sends an RST has forgotten the connection, and with it what still had to be sent again.
    if (item.what === 'rst') this.loseHeld(flow)
    if (this.#lifted || !this.#placed.flows.includes(flow)) this.#lanes[flow].pass(item, 0)
    else this.#carryOut(this.#run.onItem(flow, item, this.#context.nowMs()))
  }

  /** Whether something of this flow waits here for more than its delay. */
  holds(flow: Flow): boolean {
    return this.#lanes[flow].holds
  }

  loseHeld(flow: Flow): void {
    this.#lanes[flow].loseHeld()
  }

  takeReady(flow: Flow): Item[] {
    return this.#lanes[flow].takeReady()
  }

  clear(flow: Flow): void {
    this.#lanes[flow].clear()
  }

  /**
   * Other attributes, the same place. What is next to go goes now, as with a toxic that is interrupted and lets go of
   * what it has in hand; what stands behind it is ruled on again, bytes as of when they came, ends as of now.
   */
  replace(placed: Placed, meeting: Meeting): void {
    for (const flow of FLOWS) this.#stall(flow, false)
    this.#placed = placed
    this.#disarm('wake')
    this.#run = placed.toxic.start(placed.attributes, { ...meeting, previous: this.#run })
    for (const flow of FLOWS)
      for (const [index, { item, enteredMs, dueMs }] of this.#lanes[flow].takeAll().entries()) {
        const isInHand = index === 0 && dueMs !== Infinity && item.what === 'bytes'
        if (isInHand) this.#lanes[flow].pass(item, 0)
        else this.#ruleAgain(flow, item, item.what === 'bytes' ? enteredMs : meeting.nowMs)
      }
    this.begin()
  }

  lift(): void {
    const nowMs = this.#context.nowMs()
    this.#carryOut(this.#run.beforeLift?.(nowMs) ?? [])
    if (this.#run.onLift?.(nowMs)) return
    this.#lifted = true
    this.#disarm('wake')
    for (const flow of FLOWS) this.#stall(flow, false)
    for (const flow of FLOWS) {
      const lingerMs = this.#lanes[flow].holds ? (this.#run.lingerMs?.(flow, nowMs) ?? 0) : 0
      if (lingerMs > 0) this.#arm(flow, lingerMs, () => this.#letGo(flow))
      else this.#lanes[flow].flush()
    }
    this.#leaveIfEmpty()
  }

  dispose(): void {
    this.#over = true
    for (const key of [...this.#timers.keys()]) this.#disarm(key)
    for (const flow of FLOWS) this.#lanes[flow].clear()
  }

  #letGo(flow: Flow): void {
    this.#timers.delete(flow)
    this.#lanes[flow].flush()
    this.#leaveIfEmpty()
  }

  #leaveIfEmpty(): void {
    if (this.#timers.size === 0) this.#context.emptied(this)
  }

  #ruleAgain(flow: Flow, item: Item, enteredMs: number): void {
    const sinceMs = this.#context.nowMs() - enteredMs
    const rulings = this.#run.onItem(flow, item, enteredMs)
    this.#carryOut(rulings.map(r => (r.do === 'pass' ? { ...r, afterMs: Math.max(0, r.afterMs - sinceMs) } : r)))
  }

  #carryOut(rulings: readonly Ruling[]): void {
    // An `end` among them may end the whole connection, and this stage with it.
    for (const ruling of rulings) if (!this.#over) this.#carryOutOne(ruling)
  }

  #carryOutOne(ruling: Ruling): void {
    switch (ruling.do) {
      case 'pass':
        if (ruling.afterMs > 0) this.#touched('delayed', ruling.flow, ruling.item)
        this.#lanes[ruling.flow].pass(ruling.item, ruling.afterMs)
        break
      case 'hold':
        this.#touched('held', ruling.flow, ruling.item)
        this.#lanes[ruling.flow].hold(ruling.item)
        break
      case 'release':
        this.#lanes[ruling.flow].release()
        break
      case 'drop':
        this.#touched('dropped', ruling.flow, ruling.item)
        break
      case 'end':
        this.#context.mark(this.#placed, 'touched', `${ruling.how.toUpperCase()} to ${ruling.side}`)
        this.#context.end(ruling.side, ruling.how)
        break
      case 'stall':
      case 'read':
        if (this.#placed.flows.includes(ruling.flow)) this.#stall(ruling.flow, ruling.do === 'stall')
        break
      case 'wake':
        this.#arm('wake', ruling.afterMs, () => this.#wake())
        break
      case 'mark':
        this.#context.mark(this.#placed, ruling.what, ruling.note)
        break
    }
  }

  #stall(flow: Flow, on: boolean): void {
    if (this.#stalled.has(flow) === on) return
    if (on) this.#stalled.add(flow)
    else this.#stalled.delete(flow)
    this.#context.stall(this.#placed, flow, on)
  }

  #touched(how: string, flow: Flow, item: Item): void {
    // The link's own latency touches everything that passes, and nobody asks.
    if (this.#placed.fault === undefined) return
    const what = item.what === 'bytes' ? `${item.bytes.length} bytes` : item.what.toUpperCase()
    this.#context.mark(this.#placed, 'touched', `${how} ${what} on its way ${flow}`)
  }

  #wake(): void {
    this.#timers.delete('wake')
    this.#carryOut(this.#run.onWake?.(this.#context.nowMs()) ?? [])
  }

  #arm(key: Flow | 'wake', afterMs: number, act: () => void): void {
    this.#disarm(key)
    this.#timers.set(key, this.#context.at(this.#context.nowMs() + afterMs, act))
  }

  #disarm(key: Flow | 'wake'): void {
    this.#timers.get(key)?.()
    this.#timers.delete(key)
  }
}
