/** A look at both clocks: the calendar's between two of the monotonic one. In milliseconds; microseconds are kept. */
export interface ClockLook {
  readonly beforeMs: number
  readonly wallMs: number
  readonly afterMs: number
}

/** When the kernel saw a packet, on the monotonic clock: at `seenMs`, or up to `lateMs` before. */
export interface KernelDate {
  readonly seenMs: number
  readonly lateMs: number
  /** The date makes no sense: why. */
  readonly trouble?: string
}

/** Apart from being set, the calendar's clock is slewed by up to 0.5 ms a second (adjtime(3)). */
const MOVED_MS = 1
/** What two looks at clocks and the kernel's own rounding may differ by. */
const EXACT_MS = 1

interface Step {
  /** The clock had not moved then. */
  readonly sinceMs: number
  /** What was dated before it moved seems to have come before this moment. */
  readonly untilMs: number
}

/**
 * From dates of the kernel, which are on the calendar's clock, to the monotonic clock. The calendar's clock may be set (NTP, a person) or
 * slewed meanwhile, so its offset is looked at again and again. A packet that was read after the clock moved may have been dated before:
 * its date is an interval that begins where the clock had not moved yet. Pure.
 */
export class Calendar {
  #apartMs: number | undefined
  /** The last look, and the last one at a moment when nothing waited to be read: what is read later may have come since then. */
  #lastMs = 0
  #idleMs = 0
  #step: Step | undefined

  /** The offset at a moment when nothing waits to be read. */
  look(look: ClockLook): void {
    this.#see(look)
    this.#idleMs = look.afterMs
  }

  #see({ beforeMs, wallMs, afterMs }: ClockLook): void {
    const apartMs = wallMs - afterMs
    const movedMs = this.#apartMs === undefined ? 0 : apartMs - this.#apartMs
    if (Math.abs(movedMs) > MOVED_MS + afterMs - beforeMs) {
      const sinceMs = Math.min(
        this.#step && this.#lastMs < this.#step.untilMs ? this.#step.sinceMs : Infinity,
        this.#idleMs,
      )
      this.#step = { sinceMs, untilMs: afterMs + Math.max(0, -movedMs) }
    }
    this.#apartMs = apartMs
    this.#lastMs = afterMs
  }

  /** `dateMs`: the kernel's, on the calendar's clock; `look`: taken right after it was read. */
  dated(dateMs: number, look: ClockLook): KernelDate {
    const fromMs = this.#apartMs === undefined ? look.beforeMs : this.#idleMs
    this.#see(look)
    const { beforeMs, wallMs, afterMs } = look
    const seenMs = afterMs - (wallMs - dateMs)
    const step = this.#step
    if (step && seenMs < step.untilMs) return { seenMs: afterMs, lateMs: afterMs - step.sinceMs }
    if (seenMs <= afterMs + EXACT_MS) return { seenMs: Math.min(seenMs, afterMs), lateMs: afterMs - beforeMs }
    const aheadMs = Math.round(seenMs - afterMs)
    return {
      seenMs: afterMs,
      lateMs: afterMs - fromMs,
      trouble: `the kernel dated a packet ${aheadMs} ms in the future: the clock of the calendar was set meanwhile`,
    }
  }
}
