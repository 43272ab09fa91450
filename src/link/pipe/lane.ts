import type { Cancel, Clock } from '../../clock/clock.ts'
import type { Item } from '../toxics/toxic.ts'

interface Entry {
  readonly item: Item
  readonly enteredMs: number
  /** `Infinity`: held. */
  dueMs: number
  next: Entry | undefined
}

/** What one item counts for beyond its bytes, so that many small ones are bounded too. */
const ITEM_BYTES = 128

export const weightOf = (item: Item): number => ITEM_BYTES + (item.what === 'bytes' ? item.bytes.length : 0)

/** The queue of one flow at one stage: first in, first out, whatever anybody asks for. */
export class Lane {
  readonly #clock: Pick<Clock, 'nowMs' | 'at'>
  readonly #out: (item: Item) => void
  /** Told how much weight came (or, negative, went). */
  readonly #weigh: (delta: number) => void
  #first: Entry | undefined
  #last: Entry | undefined
  #cancel: Cancel | undefined

  constructor(clock: Pick<Clock, 'nowMs' | 'at'>, out: (item: Item) => void, weigh: (delta: number) => void) {
    this.#clock = clock
    this.#out = out
    this.#weigh = weigh
  }

  get empty(): boolean {
    return this.#first === undefined
  }

  get holds(): boolean {
    for (let entry = this.#first; entry; entry = entry.next) if (entry.dueMs === Infinity) return true
    return false
  }

  /** On in `afterMs`, or as soon as what stands before it is gone. */
  pass(item: Item, afterMs: number): void {
    if (this.empty && afterMs <= 0) this.#out(item)
    else this.#append(item, afterMs)
  }

  hold(item: Item): void {
    this.#append(item, Infinity)
  }

  /** What is held passes now. */
  release(): void {
    const nowMs = this.#clock.nowMs()
    for (let entry = this.#first; entry; entry = entry.next) if (entry.dueMs === Infinity) entry.dueMs = nowMs
    this.#pump()
  }

  /** Everything passes now. */
  flush(): void {
    for (let entry = this.#first; entry; entry = entry.next) entry.dueMs = -Infinity
    this.#pump()
  }

  /** Takes out what is merely delayed, up to the first that is held. */
  takeReady(): Item[] {
    const ready: Item[] = []
    while (this.#first && this.#first.dueMs !== Infinity) ready.push(this.#shift(this.#first))
    this.#arm()
    return ready
  }

  /** Takes out everything, with when it came. */
  takeAll(): Pick<Entry, 'item' | 'enteredMs' | 'dueMs'>[] {
    const all: Entry[] = []
    for (let entry = this.#first; entry; entry = entry.next) all.push(entry)
    this.clear()
    return all
  }

  /** Throws away what is held, and what stands behind it. */
  loseHeld(): void {
    let last: Entry | undefined
    let entry = this.#first
    for (; entry && entry.dueMs !== Infinity; entry = entry.next) last = entry
    for (; entry; entry = entry.next) this.#weigh(-weightOf(entry.item))
    if (last) last.next = undefined
    else this.#first = undefined
    this.#last = last
    this.#arm()
  }

  /** Throws everything away; no timer is left. */
  clear(): void {
    while (this.#first) this.#shift(this.#first)
    this.#arm()
  }

  #append(item: Item, afterMs: number): void {
    const enteredMs = this.#clock.nowMs()
    const entry: Entry = { item, enteredMs, dueMs: enteredMs + afterMs, next: undefined }
    if (this.#last) this.#last.next = entry
    else this.#first = entry
    this.#last = entry
    this.#weigh(weightOf(entry.item))
    if (this.#first === entry) this.#arm()
  }

  #shift(entry: Entry): Item {
    this.#first = entry.next
    if (!entry.next) this.#last = undefined
    this.#weigh(-weightOf(entry.item))
    return entry.item
  }

  #pump(): void {
    const nowMs = this.#clock.nowMs()
    while (this.#first && this.#first.dueMs <= nowMs) this.#out(this.#shift(this.#first))
    this.#arm()
  }

  #arm(): void {
    this.#cancel?.()
    this.#cancel = undefined
    if (this.#first && this.#first.dueMs !== Infinity)
      this.#cancel = this.#clock.at(this.#first.dueMs, () => this.#pump())
  }
}
