/**
 * How late a thread may notice what comes from outside.
 *
 * The kernel knows when bytes arrive; a program knows when it was told. Between the two lie three waits, and each leaves a trace:
 * - The thread sleeps in its event loop, is woken, and waits until a processor is free: schedstat counts that.
 * - The thread is awake and busy with something else when the bytes arrive: the loop's idle time (libuv's UV_METRICS_IDLE_TIME)
 *   does not grow meanwhile.
 * - Several things arrived, and this is not the first that is attended to: the turn's own length.
 * So a thing that is noticed now arrived at most (waited for a processor + awake) ms ago, both counted since the thread last went to
 * sleep with nothing left to do. Where it has not slept since its last turn, it can have arrived right after that turn began.
 */
import { performance } from 'node:perf_hooks'
import { monotonicMs } from './real.ts'
import { ownWait } from './scheduler.ts'

/** Below it the loop only looked whether something is there, and did not sleep. */
const SLEPT_MS = 0.1

export interface Turns {
  /** By how much, at most, a date taken now is later than the arrival of what is attended to now, in milliseconds. */
  lateMs(): number
  /** Calls `act` once at the end of this turn of the loop. */
  afterwards(act: () => void): void
  /** The thread went about something of its own: from here on counts what comes next. */
  mark(): void
}

/** For the thread that calls it. */
export function turns(): Turns {
  const wait = ownWait()
  const waitedMs = () => wait?.readMs() ?? 0
  const idleMs = () => performance.eventLoopUtilization().idle
  /** When what is attended to in this turn can have arrived at the earliest. */
  let earliestMs: number | undefined
  let last = { earliestMs: monotonicMs(), endMs: monotonicMs(), idleMs: idleMs(), waitedMs: waitedMs() }
  const after: (() => void)[] = []

  const earliest = (): number => {
    const nowMs = monotonicMs()
    const idle = idleMs() - last.idleMs
    const waited = waitedMs() - last.waitedMs
    const awakeMs = Math.max(0, nowMs - last.endMs - idle)
    return idle - waited > SLEPT_MS ? nowMs - waited - awakeMs : last.earliestMs
  }
  const begin = (): number => {
    setImmediate(end)
    earliestMs = earliest()
    return earliestMs
  }
  const end = () => {
    for (const act of after.splice(0)) act()
    remember(earliestMs ?? earliest())
  }
  const remember = (sinceMs: number) => {
    last = { earliestMs: sinceMs, endMs: monotonicMs(), idleMs: idleMs(), waitedMs: waitedMs() }
    earliestMs = undefined
  }

  return {
    lateMs: () => monotonicMs() - (earliestMs ?? begin()),
    afterwards(act) {
      if (earliestMs === undefined) begin()
      after.push(act)
    },
    mark() {
      if (earliestMs === undefined) remember(earliest())
    },
  }
}
