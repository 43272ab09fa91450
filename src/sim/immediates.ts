import type { Callback } from './timers.ts'

/** The machine's own setImmediate and clearImmediate. */
export interface RealImmediates {
  start(callback: () => void): NodeJS.Immediate
  clear(immediate: NodeJS.Immediate): void
}

/**
 * How many looks are asked for at once. Between two immediates of one turn Node brings promises and ticks to rest, just as
 * between two turns; but a turn also polls, which would take a quarter of a simulation's time.
 */
const LOOKS = 16

/**
 * Counts the immediates of one simulation. They run on the real event loop, since streams and promises of the libraries
 * run there too; virtual time stands still until none is outstanding. A fixed number of turns is never right: one gives
 * false reconnects, two changes the order.
 */
export class SimImmediates {
  readonly #real: RealImmediates
  #outstanding = 0
  /** Looks that are asked for and still to come. */
  #looks = 0
  readonly #waiting: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = []
  #thrown: { readonly error: unknown } | undefined

  constructor(real: RealImmediates) {
    this.#real = real
  }

  start(callback: Callback, args: unknown[]): SimImmediate {
    this.#outstanding++
    const run = () => this.#run(callback, args)
    const forget = () => this.#outstanding--
    return new SimImmediate(this.#real, run, forget)
  }

  #run(callback: Callback, args: unknown[]): void {
    this.#outstanding--
    try {
      callback(...args)
    } catch (error) {
      // Outside a simulation this would end the process; here it ends the simulation.
      this.#thrown ??= { error }
    }
  }

  /** Resolves once promises, ticks and immediates have come to rest; rejects with what an immediate threw. */
  settle(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      if (this.#looks === 0) this.#lookAhead()
    })
  }

  #lookAhead(): void {
    this.#looks = LOOKS
    for (let look = 0; look < LOOKS; look++) this.#real.start(this.#look)
  }

  readonly #look = (): void => {
    this.#looks--
    if (this.#waiting.length === 0) return
    if (this.#outstanding === 0) this.#letGo()
    else if (this.#looks === 0) this.#lookAhead()
  }

  #letGo(): void {
    const thrown = this.#thrown
    this.#thrown = undefined
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (thrown) reject(thrown.error)
      else resolve()
    }
  }
}

/** What `setImmediate` returns inside a simulation. */
export class SimImmediate {
  readonly #real: RealImmediates
  readonly #immediate: NodeJS.Immediate
  #forget: (() => void) | undefined

  constructor(real: RealImmediates, run: () => void, forget: () => void) {
    this.#real = real
    this.#forget = forget
    this.#immediate = real.start(() => {
      this.#forget = undefined
      run()
    })
  }

  close(): void {
    this.#forget?.()
    this.#forget = undefined
    this.#real.clear(this.#immediate)
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
