/**
 * How late a thread may notice what comes from outside.
 *
 * The kernel knows when bytes arrive; a program knows when it was told. Between the two lie three waits, and each leaves a trace:
 * - The thread sleeps in its event loop, is woken, and waits until a processor is free: schedstat counts that.
 * - The thread is awake and busy with something else when the bytes arrive: the loop's idle time (libuv's UV_METRICS_IDLE_TIME)
 *   does not grow meanwhile.
 * - Several things arrived, and this is not the first that is attended to: the turn's own length.
 * So a thing that is noticed now arrived at most (waited for a processor + awake) ms ago, both counted since the thread last went to
 * sleep with nothing left to do. Where it has not slept since its last turn, it can have arrived right after the poll of that turn.
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
  /** When what is attended to in this turn can have arrived at the earliest, and when its poll returned at the earliest. */
  let turn: { readonly earliestMs: number; readonly freshMs: number; readonly pollMs: number } | undefined
  let last = {
    freshMs: monotonicMs(),
    pollMs: monotonicMs(),
    endMs: monotonicMs(),
    idleMs: idleMs(),
    waitedMs: waitedMs(),
  }
  const after: (() => void)[] = []

  const look = () => {
    const nowMs = monotonicMs()
    const idle = idleMs() - last.idleMs
    const waited = waitedMs() - last.waitedMs
    const awakeMs = Math.max(0, nowMs - last.endMs - idle)
    const slept = idle - waited > SLEPT_MS
    return { slept, wokenMs: nowMs - awakeMs, waited }
  }
  const begin = () => {
    setImmediate(end)
    const { slept, wokenMs, waited } = look()
    // Each poll reports all that is there, so what this one reports was not there yet at the one before; except the first bytes of a
    // connection that was accepted then, which is polled only from now on.
    const freshMs = slept ? wokenMs - waited : last.pollMs
    const earliestMs = slept ? freshMs : Math.min(freshMs, last.freshMs)
    turn = { freshMs, earliestMs, pollMs: slept ? wokenMs : last.endMs }
    return turn
  }
  const end = () => {
    for (const act of after.splice(0)) act()
    remember(turn ?? last)
  }
  const remember = ({ freshMs, pollMs }: { readonly freshMs: number; readonly pollMs: number }) => {
    last = { freshMs, pollMs, endMs: monotonicMs(), idleMs: idleMs(), waitedMs: waitedMs() }
    turn = undefined
  }

  return {
    lateMs: () => monotonicMs() - (turn ?? begin()).earliestMs,
    afterwards(act) {
      if (!turn) begin()
      after.push(act)
    },
    mark() {
      if (turn) return
      // Timers run before the poll of their turn.
      const { slept, wokenMs, waited } = look()
      remember(slept ? { freshMs: wokenMs - waited, pollMs: wokenMs } : last)
    },
  }
}
