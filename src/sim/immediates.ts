import type { Settle } from '../clock/virtual.ts'
import type { Callback } from './timers.ts'

/** The machine's own setImmediate. */
export type RealImmediate = (callback: () => void) => unknown

/**
 * How many looks are asked for at once. Between two immediates of one turn Node brings promises and ticks to rest, just as
 * between two turns; but a turn also polls, which would take a quarter of a simulation's time.
 */
const LOOKS = 32

/**
 * The immediates of one simulation, and its heartbeat. A *look* is an immediate of the real event loop, since streams and
 * promises of the libraries run there too: whenever it comes, they are at rest. It does one thing: it runs the
 * simulation's next immediate, or else lets virtual time, which stands still until none is left, go on by one event.
 * A fixed number of turns is never right: one gives false reconnects, two changes the order.
 */
export class SimImmediates {
  readonly #real: RealImmediate
  /** In order, as in Node; those that were cleared stay until it is their turn. */
  readonly #queue: SimImmediate[] = []
  readonly #waiting: { readonly next: () => void; readonly fail: (thrown: unknown) => void }[] = []
  /** Looks that are asked for and still to come. */
  #looks = 0
  #thrown: { readonly error: unknown } | undefined

  constructor(real: RealImmediate) {
    this.#real = real
  }

  start(callback: Callback, args: unknown[]): SimImmediate {
    const immediate = new SimImmediate(callback, args)
    this.#queue.push(immediate)
    if (this.#looks === 0) this.#lookAhead()
    return immediate
  }

  /** Calls `next` once promises, ticks and immediates have come to rest; `fail` with what an immediate threw. */
  readonly settle: Settle = (next, fail) => {
    this.#waiting.push({ next, fail })
    if (this.#looks === 0) this.#lookAhead()
  }

  #lookAhead(): void {
    this.#looks = LOOKS
    for (let look = 0; look < LOOKS; look++) this.#real(this.#look)
  }

  readonly #look = (): void => {
    this.#looks--
    if (!this.#runOne()) this.#letOneGo()
    if (this.#looks === 0 && this.#queue.length + this.#waiting.length > 0) this.#lookAhead()
  }

  #runOne(): boolean {
    for (let immediate = this.#queue.shift(); immediate; immediate = this.#queue.shift()) {
      if (!immediate.waits) continue
      try {
        immediate.run()
      } catch (error) {
        // Outside a simulation this would end the process; here it ends the simulation.
        this.#thrown ??= { error }
      }
      return true
    }
    return false
  }

  #letOneGo(): void {
    const waiting = this.#waiting.shift()
    if (!waiting) return
    const thrown = this.#thrown
    this.#thrown = undefined
    if (thrown) waiting.fail(thrown.error)
    else waiting.next()
  }
}

/** What `setImmediate` returns inside a simulation. */
export class SimImmediate {
  readonly #args: unknown[]
  #callback: Callback | undefined

  constructor(callback: Callback, args: unknown[]) {
    this.#callback = callback
    this.#args = args
  }

  /** Neither run nor cleared. */
  get waits(): boolean {
    return this.#callback !== undefined
  }

  run(): void {
    const callback = this.#callback
    this.#callback = undefined
    callback?.(...this.#args)
  }

  close(): void {
    this.#callback = undefined
  }

  /** A reference is not passed on: the process must not end under a simulation that waits for it. */
  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  hasRef(): boolean {
    return true
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
