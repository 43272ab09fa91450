import type { Clock } from '../../clock/clock.ts'

/** Whole numbers of seconds must not be missed by a rounding error. */
const ROUNDING_MS = 1e-6

/** The clock of a broker that knows only whole seconds (time_t). Where they begin is the broker's own affair. */
export class WholeSeconds {
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

  /** When the first scan comes that finds more than `allowedS` of silence since `sinceS`, with a scan every `scanS`. In ms of the run's clock. */
  scanMs(sinceS: number, allowedS: number, scanS: number): number {
    const scan = Math.ceil((sinceS + allowedS + 1) / scanS)
    return this.#zeroMs + scan * scanS * 1000
  }
}
