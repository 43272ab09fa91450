import type { Cancel, Clock } from '../clock/clock.ts'

/** Node's TIMEOUT_MAX. */
const LONGEST_MS = 2 ** 31 - 1

/** Node's rule (lib/internal/timers.js): whole milliseconds; 0, negative, NaN and too long all mean 1 ms. */
export function timerDelayMs(asked: unknown): number {
  const ms = Number(asked)
  return ms >= 1 && ms <= LONGEST_MS ? Math.trunc(ms) : 1
}

export type Callback = (...args: unknown[]) => void

/** The timers of one simulation, on its clock, with the manners of Node's own. */
export class SimTimers {
  readonly clock: Clock
  #lastId = 0
  /** Filled only for timers that somebody turned into a number, as Node does. */
  readonly #byId = new Map<number, SimTimeout>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  start(callback: Callback, ms: unknown, args: unknown[], repeats: boolean): SimTimeout {
    return new SimTimeout(this, callback, timerDelayMs(ms), args, repeats)
  }

  /** By the timer itself or by its number; anything else is ignored, as in Node. */
  clear(timer: unknown): void {
    if (timer instanceof SimTimeout) timer.close()
    else if (typeof timer === 'number' || typeof timer === 'string') this.#byId.get(Number(timer))?.close()
  }

  numbered(timer: SimTimeout): number {
    const id = ++this.#lastId
    this.#byId.set(id, timer)
    return id
  }

  forget(id: number): void {
    this.#byId.delete(id)
  }
}

/** What `setTimeout` and `setInterval` return inside a simulation. */
export class SimTimeout {
  readonly #timers: SimTimers
  readonly #ms: number
  readonly #args: unknown[]
  readonly #repeats: boolean
  #callback: Callback | undefined
  #cancel: Cancel | undefined
  #refed = true
  #id: number | undefined

  constructor(timers: SimTimers, callback: Callback, ms: number, args: unknown[], repeats: boolean) {
    this.#timers = timers
    this.#callback = callback
    this.#ms = ms
    this.#args = args
    this.#repeats = repeats
    this.#arm()
  }

  #arm(): void {
    this.#cancel?.()
    this.#cancel = this.#timers.clock.at(this.#timers.clock.nowMs() + this.#ms, () => this.#fire())
  }

  #fire(): void {
    this.#cancel = undefined
    try {
      this.#callback?.(...this.#args)
    } finally {
      // As in Node, an interval is set again after its callback, and a callback may have set or cleared it itself.
      if (this.#repeats && this.#callback && !this.#cancel) this.#arm()
    }
  }

  refresh(): this {
    if (this.#callback) this.#arm()
    return this
  }

  close(): this {
    this.#cancel?.()
    this.#cancel = undefined
    this.#callback = undefined
    if (this.#id !== undefined) this.#timers.forget(this.#id)
    return this
  }

  /** Simulated time passes only when it is asked to, so nothing hangs on a reference; it is kept for `hasRef`. */
  ref(): this {
    this.#refed = true
    return this
  }

  unref(): this {
    this.#refed = false
    return this
  }

  hasRef(): boolean {
    return this.#refed
  }

  [Symbol.toPrimitive](): number {
    this.#id ??= this.#timers.numbered(this)
    return this.#id
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
