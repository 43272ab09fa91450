import type { Clock } from '../../../clock/clock.ts'

/** Whole numbers of seconds must not be missed by a rounding error. */
const ROUNDING_MS = 1e-6

/** The clock of a broker: how it dates a packet, and when it finds that a client was silent for too long. In seconds. */
export interface Seconds {
  now(): number
  isOver(sinceS: number, allowedS: number): boolean
  /** When the first scan comes that finds more than `allowedS` of silence since `sinceS`, with a scan every `scanS`. In ms of the run's clock. */
  scanMs(sinceS: number, allowedS: number, scanS: number): number
}

/** The clock of a broker that knows only whole seconds (time_t). Where they begin is the broker's own affair. */
export class WholeSeconds implements Seconds {
  readonly #clock: Clock
  /** When its second 0 began. */
  readonly #zeroMs: number

  /** `phaseS`: what it shows now, in seconds with fraction. */
  constructor(clock: Clock, phaseS: number) {
    this.#clock = clock
    this.#zeroMs = clock.nowMs() - Math.round(phaseS * 1000)
  }

  now(): number {
    return Math.floor((this.#clock.nowMs() - this.#zeroMs + ROUNDING_MS) / 1000)
  }

  /** Its seconds are rounded down, so that only more than the allowed number of them is certainly too long. */
  isOver(sinceS: number, allowedS: number): boolean {
    return this.now() - sinceS > allowedS
  }

  scanMs(sinceS: number, allowedS: number, scanS: number): number {
    const scan = Math.ceil((sinceS + allowedS + 1) / scanS)
    return this.#zeroMs + scan * scanS * 1000
  }
}

/** The clock of a broker that counts as finely as we do; with `scanS` of 0 it wakes just when a silence is too long. */
export class FineSeconds implements Seconds {
  readonly #clock: Clock
  readonly #zeroMs: number

  constructor(clock: Clock, phaseS: number) {
    this.#clock = clock
    this.#zeroMs = clock.nowMs() - phaseS * 1000
  }

  now(): number {
    return (this.#clock.nowMs() - this.#zeroMs) / 1000
  }

  isOver(sinceS: number, allowedS: number): boolean {
    return this.now() - sinceS >= allowedS - ROUNDING_MS / 1000
  }

  scanMs(sinceS: number, allowedS: number, scanS: number): number {
    const dueS = sinceS + allowedS
    const scan = Math.ceil((dueS - ROUNDING_MS / 1000) / scanS)
    return this.#zeroMs + 1000 * (scanS === 0 ? dueS : scan * scanS)
  }
}
