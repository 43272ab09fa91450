/**
 * Watches the event loop of the thread that calls it. While a loop stands still nothing can be sent, received or dated there. A
 * histogram (monitorEventLoopDelay) says how much, but not when, and a verdict needs the moment.
 */

import type { Runner } from '../model/event.ts'
import type { Recorded } from './kit.ts'
import { monotonicMs, type RealClock, realClock, speedOf } from './real.ts'
import { ownWait } from './scheduler.ts'
import type { Turns } from './turns.ts'

const TICK_MS = 10
/** Shorter ones do not date anything wrongly that counts; Node's own garbage collection stays below it. */
const STALL_MS = 25
/** How often the scheduler is asked, and how much waiting in that time is worth a word. */
const LOOK_MS = 250
const STARVED_MS = 25

/** What a thread says of itself, in milliseconds of `monotonicMs`. See `stalled` and `starved` in model/event.ts. */
export type Standing =
  | { readonly what: 'stalled'; readonly untilMs: number; readonly forMs: number }
  | { readonly what: 'starved'; readonly untilMs: number; readonly forMs: number; readonly overMs: number }

/** From which length on a standstill is told, in milliseconds. */
interface Worth {
  readonly stallMs: number
  readonly starvedMs: number
}

/** For a process of which each millisecond is many for those that it serves. */
export const FINE: Worth = { stallMs: 4, starvedMs: 4 }

/** Tells of each time in which the thread did not run, until the result is called. */
export function heartbeat(
  tell: (standing: Standing) => void,
  turns?: Pick<Turns, 'mark'>,
  { stallMs, starvedMs }: Worth = { stallMs: STALL_MS, starvedMs: STARVED_MS },
): () => void {
  const clock = realClock(0)
  const wait = ownWait()
  let lastMs = monotonicMs()
  let look = { atMs: lastMs, waitedMs: wait?.readMs() ?? 0 }
  let cancel = () => {}

  const tick = () => {
    turns?.mark()
    const nowMs = monotonicMs()
    // The loop may have begun to stand still right after the last tick, so the whole distance counts.
    const forMs = nowMs - lastMs
    lastMs = nowMs
    if (forMs > TICK_MS + stallMs) tell({ what: 'stalled', untilMs: nowMs, forMs: tenths(forMs) })
    if (wait && nowMs - look.atMs >= LOOK_MS) lookAtScheduler(nowMs)
    cancel = clock.at(nowMs + TICK_MS, tick)
  }
  const lookAtScheduler = (nowMs: number) => {
    const waitedMs = wait?.readMs() ?? look.waitedMs
    const forMs = waitedMs - look.waitedMs
    const overMs = nowMs - look.atMs
    look = { atMs: nowMs, waitedMs }
    if (forMs >= starvedMs) tell({ what: 'starved', untilMs: nowMs, forMs: tenths(forMs), overMs: tenths(overMs) })
  }
  cancel = clock.at(lastMs + TICK_MS, tick)
  return () => {
    cancel()
    wait?.close()
  }
}

const tenths = (ms: number): number => Math.round(ms * 10) / 10

/** What a thread says of itself, as an event of a run. */
export function standingEvent(standing: Standing, clock: RealClock, of: Runner): Recorded {
  const { what, untilMs } = standing
  const speed = speedOf(clock)
  const atMs = (untilMs - clock.originMs) * speed
  const forMs = tenths(standing.forMs * speed)
  return what === 'stalled'
    ? { who: 'harness', what, of, forMs, atMs }
    : { who: 'harness', what, of, forMs, overMs: tenths(standing.overMs * speed), how: 'no-cpu', atMs }
}
