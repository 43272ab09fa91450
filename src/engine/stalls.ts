import type { Clock } from '../clock/clock.ts'
import type { Record } from '../clock/kit.ts'
import { realClock } from '../clock/real.ts'

const TICK_MS = 10
/** Shorter ones do not date anything wrongly that counts; Node's own garbage collection stays below it. */
const STALL_MS = 25

/**
 * Watches the event loop, for every run of this thread at once: while it stands still nothing can be sent, received or
 * dated. A histogram (monitorEventLoopDelay) says how much, but not when, and it is the when that a verdict needs.
 */
export function stallWatch(clock: Clock = realClock()) {
  const records = new Set<Record>()
  let lastMs = 0
  let cancel = () => {}

  const tick = () => {
    const nowMs = clock.nowMs()
    // It may have begun to stand still right after the last tick, so the whole distance counts.
    const forMs = Math.round(nowMs - lastMs)
    lastMs = nowMs
    if (forMs > TICK_MS + STALL_MS) for (const record of records) record({ who: 'harness', what: 'stalled', forMs })
    cancel = clock.at(nowMs + TICK_MS, tick)
  }

  /** Until the returned function is called. No timer runs where nobody watches. */
  return (record: Record): (() => void) => {
    records.add(record)
    if (records.size === 1) {
      lastMs = clock.nowMs()
      cancel = clock.at(lastMs + TICK_MS, tick)
    }
    return () => {
      if (records.delete(record) && records.size === 0) cancel()
    }
  }
}

export const watchStalls = stallWatch()
