/** When a client looks whether something is due. */

/** Times are sums of fractions of milliseconds; a whole number of looks must not be missed by a rounding error. */
export const ROUNDING = 1e-9

/** Looks that would find nothing are skipped, and counted all the same. */
export interface Looks {
  /** A packet was read. */
  read(nowMs: number): void
  /** The application had something written. */
  wrote(nowMs: number): void
  /** It looked now, and sent a PINGREQ or not; something was last sent at `sentMs`. */
  looked(nowMs: number, pinged: boolean, sentMs: number): void
  /** The first look that finds something which is due then. */
  nextMs(dueMs: number): number
}

/** Wakes exactly when something is due. */
export class ExactLooks implements Looks {
  read(): void {}
  wrote(): void {}
  looked(): void {}
  nextMs(dueMs: number): number {
    return dueMs
  }
}

/** A timer that was set when it connected. */
export class TimedLooks implements Looks {
  readonly #fromMs: number
  readonly #everyMs: number
  /** How many looks are behind it. */
  #done = 0

  constructor(fromMs: number, everyMs: number) {
    this.#fromMs = fromMs
    this.#everyMs = everyMs
  }

  read(): void {}
  wrote(): void {}

  looked(nowMs: number): void {
    this.#done = Math.floor((nowMs - this.#fromMs) / this.#everyMs + ROUNDING)
  }

  nextMs(dueMs: number): number {
    // One that is due this moment is not skipped, though something else happens first.
    const untilDue = Math.ceil((dueMs - this.#fromMs) / this.#everyMs - ROUNDING)
    return this.#fromMs + Math.max(this.#done + 1, untilDue) * this.#everyMs
  }
}

/** Each look says when the next one is: a keep-alive after a PINGREQ, else a keep-alive after what was sent last. */
export class ScheduledLooks implements Looks {
  readonly #keepaliveMs: number
  #atMs: number

  constructor(fromMs: number, keepaliveMs: number) {
    this.#keepaliveMs = keepaliveMs
    this.#atMs = fromMs + keepaliveMs
  }

  read(): void {}
  wrote(): void {}

  looked(nowMs: number, pinged: boolean, sentMs: number): void {
    this.#atMs = nowMs + (pinged ? this.#keepaliveMs : Math.max(1, this.#keepaliveMs - (nowMs - sentMs)))
  }

  nextMs(): number {
    return this.#atMs
  }
}

export interface Cycle {
  /** How long it waits for a packet. */
  readonly waitMs: number
  /** What the application wants to have written wakes it too. */
  readonly wokenByWrites?: true
}

/**
 * A thread that waits for packets: it comes round when it has read one, and whenever it has waited for a cycle in vain. It looks
 * as it comes round, but not again before `leastMs` have passed.
 */
export class CycleLooks implements Looks {
  readonly #cycleMs: number
  readonly #wokenByWrites: boolean
  readonly #leastMs: number
  /** When it last came round, as far as packets tell, and when it last looked. */
  #roundMs: number
  #lookedMs: number

  constructor(fromMs: number, { waitMs, wokenByWrites }: Cycle, leastMs: number) {
    this.#cycleMs = waitMs
    this.#wokenByWrites = wokenByWrites === true
    this.#leastMs = leastMs
    this.#roundMs = fromMs
    this.#lookedMs = fromMs
  }

  read(nowMs: number): void {
    this.#catchUp(nowMs)
    this.#roundMs = nowMs
  }

  wrote(nowMs: number): void {
    if (this.#wokenByWrites) this.read(nowMs)
  }

  looked(nowMs: number): void {
    this.#roundMs = nowMs
    this.#lookedMs = nowMs
  }

  nextMs(dueMs: number): number {
    const firstMs = this.#firstMs()
    const more = Math.max(0, Math.ceil((dueMs - firstMs) / this.#periodMs - ROUNDING))
    return firstMs + more * this.#periodMs
  }

  /** Of the looks that were skipped, the last one before this moment. */
  #catchUp(nowMs: number): void {
    const firstMs = this.#firstMs()
    if (firstMs > nowMs) return
    this.#lookedMs = firstMs + Math.floor((nowMs - firstMs) / this.#periodMs + ROUNDING) * this.#periodMs
  }

  /** The next look, whatever is due. */
  #firstMs(): number {
    const sinceMs = this.#roundMs - this.#lookedMs
    if (sinceMs > 0 && sinceMs >= this.#leastMs - ROUNDING) return this.#roundMs
    return this.#roundMs + Math.max(1, this.#cyclesIn(this.#leastMs - sinceMs)) * this.#cycleMs
  }

  get #periodMs(): number {
    return Math.max(1, this.#cyclesIn(this.#leastMs)) * this.#cycleMs
  }

  #cyclesIn(ms: number): number {
    return Math.ceil(ms / this.#cycleMs - ROUNDING)
  }
}
