import { performance } from 'node:perf_hooks'
import type { Cancel, Clock } from './clock.ts'

/** setTimeout takes at most this many milliseconds (Node: 2^31 - 1); longer waits go in steps. */
const LONGEST_MS = 2 ** 31 - 1

/** The machine's monotonic clock. The only place that touches it, apart from the simulation's dispatchers. */
export function realClock(): Clock {
  const startMs = performance.now()
  const nowMs = () => performance.now() - startMs

  const at = (atMs: number, act: () => void): Cancel => {
    let timer: NodeJS.Timeout
    // setTimeout counts whole milliseconds and may fire up to one early, so look again before acting.
    const wait = () => {
      const leftMs = Math.ceil(atMs - nowMs())
      timer = setTimeout(leftMs <= 0 ? act : check, Math.min(Math.max(leftMs, 0), LONGEST_MS))
    }
    const check = () => (nowMs() >= atMs ? act() : wait())
    wait()
    return () => clearTimeout(timer)
  }

  return { kind: 'real', nowMs, at, advanceTo: untilMs => new Promise(resolve => at(untilMs, resolve)) }
}

/** The two readings of the quickest look are apart by less than a microsecond. */
const LOOKS = 20

/**
 * What to add to a date of the machine's monotonic clock (Linux: CLOCK_MONOTONIC in milliseconds, the same in every process) for
 * the same moment on this clock. Of several looks the quickest one counts: in a slow one the thread was put aside.
 */
export function monotonicOffsetMs(clock: Clock): number {
  let quickestNs = Number.POSITIVE_INFINITY
  let offsetMs = 0
  for (let look = 0; look < LOOKS; look++) {
    const beforeNs = Number(process.hrtime.bigint())
    const nowMs = clock.nowMs()
    const afterNs = Number(process.hrtime.bigint())
    if (afterNs - beforeNs >= quickestNs) continue
    quickestNs = afterNs - beforeNs
    offsetMs = nowMs - (beforeNs + afterNs) / 2_000_000
  }
  return offsetMs
}
