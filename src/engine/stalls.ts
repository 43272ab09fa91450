import type { Clock } from '../clock/clock.ts'
import type { Record } from '../clock/kit.ts'
import { realClock } from '../clock/real.ts'

const TICK_MS = 10
/** Shorter ones do not date anything wrongly that counts; Node's own garbage collection stays below it. */
const STALL_MS = 25

/** So long without a standstill, and the loop is called calm. */
const CALM_MS = 100
/** A machine that is not calm by then will not be: the standstills that come are in the evidence. */
const PATIENCE_MS = 3000

/** Between two runs that wait for calm: a hundred that connect in one turn of the loop would date each other's packets late. */
const SPACING_MS = 3

export interface StallWatch {
  /** Records each standstill until the returned function is called. No timer runs where nobody watches. */
  watch(record: Record): () => void
  /**
   * Resolves once the loop ran freely for a while, for one waiting run after the other: loading libraries stops it, and what
   * begins meanwhile is dated late. Only while somebody watches.
   */
  calm(): Promise<void>
}

/**
 * Watches the event loop, for every run of this thread at once: while it stands still nothing can be sent, received or
 * dated. A histogram (monitorEventLoopDelay) says how much, but not when, and it is the when that a verdict needs.
 */
export function stallWatch(clock: Clock = realClock()): StallWatch {
  const records = new Set<Record>()
  let lastMs = 0
  let calmSinceMs = 0
  let nextSlotMs = 0
  let cancel = () => {}

  const tick = () => {
    const nowMs = clock.nowMs()
    // It may have begun to stand still right after the last tick, so the whole distance counts.
    const forMs = Math.round(nowMs - lastMs)
    lastMs = nowMs
    if (forMs > TICK_MS + STALL_MS) {
      calmSinceMs = nowMs
      for (const record of records) record({ who: 'harness', what: 'stalled', forMs })
    }
    cancel = clock.at(nowMs + TICK_MS, tick)
  }

  const watch = (record: Record): (() => void) => {
    records.add(record)
    if (records.size === 1) {
      lastMs = clock.nowMs()
      cancel = clock.at(lastMs + TICK_MS, tick)
    }
    return () => {
      if (records.delete(record) && records.size === 0) cancel()
    }
  }

  const calm = (): Promise<void> => {
    calmSinceMs = Math.max(calmSinceMs, clock.nowMs())
    const patientUntilMs = clock.nowMs() + PATIENCE_MS
    return new Promise(resolve => {
      const look = () => {
        const nowMs = clock.nowMs()
        // After a standstill this may come before the tick that tells of it.
        const overdue = nowMs - lastMs > TICK_MS + STALL_MS
        const isCalm = !overdue && nowMs >= calmSinceMs + CALM_MS
        if (!isCalm && nowMs < patientUntilMs) return clock.at(nowMs + TICK_MS, look)
        nextSlotMs = Math.max(nextSlotMs + SPACING_MS, nowMs)
        return clock.at(nextSlotMs, resolve)
      }
      look()
    })
  }

  return { watch, calm }
}

export const stalls = stallWatch()
