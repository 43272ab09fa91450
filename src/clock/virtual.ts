import type { Cancel, Clock } from './clock.ts'

/** Something that is due at a time. `act` is forgotten when it is cancelled or has happened. */
interface Due {
  readonly atMs: number
  /** Order of asking: what is due at the same time happens in this order. */
  readonly seq: number
  act: (() => void) | undefined
}

/** Below this many entries, cancelled ones are not worth sweeping out. */
const SWEEP_MIN = 64

/** A binary heap of what is due, earliest first. Cancelled entries stay until they surface or outnumber the rest. */
class DueQueue {
  #heap: Due[] = []
  #seq = 0
  #live = 0

  /** How many are due and not cancelled. */
  get live(): number {
    return this.#live
  }

  add(atMs: number, act: () => void): Due {
    const due: Due = { atMs, seq: ++this.#seq, act }
    this.#live++
    this.#rise(due)
    return due
  }

  cancel(due: Due): void {
    if (!due.act) return
    due.act = undefined
    this.#live--
    if (this.#heap.length > SWEEP_MIN && this.#heap.length > 2 * this.#live) this.#sweep()
  }

  /** The earliest that is not cancelled. */
  peek(): Due | undefined {
    for (;;) {
      const first = this.#heap[0]
      if (!first || first.act) return first
      this.#removeFirst()
    }
  }

  /** Takes the earliest out, with what it would do. */
  take(): { readonly atMs: number; readonly act: () => void } | undefined {
    const due = this.peek()
    if (!due?.act) return undefined
    const { atMs, act } = due
    this.#removeFirst()
    due.act = undefined
    this.#live--
    return { atMs, act }
  }

  /** Without this, a timer that is set again at each packet would leave one dead entry for each. */
  #sweep(): void {
    const rest = this.#heap.filter(due => due.act)
    // Sorted ascending, an array is a heap.
    this.#heap = rest.sort((a, b) => (before(a, b) ? -1 : 1))
  }

  #rise(due: Due): void {
    const heap = this.#heap
    let at = heap.push(due) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = heap[above]
      if (!parent || before(parent, due)) break
      heap[at] = parent
      at = above
    }
    heap[at] = due
  }

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (!last || heap.length === 0) return
    let at = 0
    for (;;) {
      const child = this.#earlierChild(at)
      const below = heap[child]
      if (!below || before(last, below)) break
      heap[at] = below
      at = child
    }
    heap[at] = last
  }

  #earlierChild(at: number): number {
    const left = this.#heap[2 * at + 1]
    const right = this.#heap[2 * at + 2]
    return left && right && before(right, left) ? 2 * at + 2 : 2 * at + 1
  }
}

const before = (a: Due, b: Due): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.seq < b.seq)

/** The date at which every virtual clock stands at 0. Any would do; a fixed one keeps evidence the same. */
export const VIRTUAL_EPOCH_MS = Date.UTC(2030, 0, 1)

export interface VirtualClock extends Clock {
  readonly kind: 'virtual'
  letGo(): void
  /** When the next thing is due; `Infinity` where nothing is. */
  nextAtMs(): number
  /** Goes to the next thing due and does it; `false` where nothing is. What it throws, it throws here. */
  fireNext(): boolean
  /** How many things are due: 0 once everything was done or cancelled. */
  readonly live: number
}

/**
 * Calls `next` once what the last event set going outside the clock (promises, immediates, streams) has come to rest, or
 * `fail` where something of it threw; never synchronously. No promise: they would be most of what an event costs.
 */
export type Settle = (next: () => void, fail: (thrown: unknown) => void) => void

/** Enough for promises and `process.nextTick`; a simulation counts outstanding immediates instead. */
const oneTurn: Settle = next => setImmediate(next)

interface Goal {
  readonly untilMs: number
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

/** Time that passes only in `advanceTo` and `fireNext`, from event to event. What is due at once happens in order of asking. */
export function virtualClock(settle: Settle = oneTurn): VirtualClock {
  const queue = new DueQueue()
  const goals: Goal[] = []
  let now = 0
  let driving = false

  const nextAtMs = () => queue.peek()?.atMs ?? Number.POSITIVE_INFINITY

  const at = (atMs: number, act: () => void): Cancel => {
    if (Number.isNaN(atMs)) throw new RangeError('a virtual clock was asked for something at NaN ms')
    const due = queue.add(Math.max(atMs, now), act)
    return () => queue.cancel(due)
  }

  const fireNext = (): boolean => {
    const due = queue.take()
    if (!due) return false
    now = due.atMs
    due.act()
    return true
  }

  /** Whoever waits for the earliest moment is served first, so several may wait at once, also from inside an event. */
  const step = (): void => {
    const goal = earliest(goals)
    driving = goal !== undefined
    if (!goal) return
    try {
      if (nextAtMs() <= goal.untilMs) fireNext()
      else arrive(goal)
    } catch (thrown) {
      goals.splice(goals.indexOf(goal), 1)
      goal.reject(thrown)
    }
    settle(step, abandon)
  }

  const arrive = (goal: Goal): void => {
    now = Math.max(now, goal.untilMs)
    goals.splice(goals.indexOf(goal), 1)
    goal.resolve()
  }

  const advanceTo = (untilMs: number): Promise<void> => {
    if (!Number.isFinite(untilMs)) return Promise.reject(new RangeError(`a virtual clock can't get to ${untilMs} ms`))
    const arrival = new Promise<void>((resolve, reject) => goals.push({ untilMs, resolve, reject }))
    if (!driving) settle(step, abandon)
    driving = true
    return arrival
  }

  /** `settle` itself failed: nobody can be served any more. */
  const abandon = (thrown: unknown): void => {
    driving = false
    for (const goal of goals.splice(0)) goal.reject(thrown)
  }

  const letGo = (): void => {
    for (const goal of goals.splice(0)) goal.resolve()
  }

  return {
    kind: 'virtual',
    nowMs: () => now,
    at,
    advanceTo,
    letGo,
    nextAtMs,
    fireNext,
    get live() {
      return queue.live
    },
  }
}

function earliest(goals: readonly Goal[]): Goal | undefined {
  let first = goals[0]
  for (const goal of goals) if (first && goal.untilMs < first.untilMs) first = goal
  return first
}
