/** Something that is due at a time. `act` is forgotten when it is cancelled or has happened. */
export interface Due {
  readonly atMs: number
  /** Order of asking: what is due at the same time happens in this order. */
  readonly seq: number
  act: (() => void) | undefined
}

/** Below this many entries, cancelled ones are not worth sweeping out. */
const SWEEP_MIN = 64

/** A binary heap of what is due, earliest first. Cancelled entries stay until they surface or outnumber the rest. */
export class DueQueue {
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
