import type { Standing } from '../clock/heartbeat.ts'
import type { Recorded } from '../clock/kit.ts'
import type { RealClock } from '../clock/real.ts'
import type { Runner } from '../model/event.ts'

/** What a thread says of itself, as an event of a run. */
export function standingEvent(standing: Standing, clock: RealClock, of: Runner): Recorded {
  const { what, untilMs, forMs } = standing
  const atMs = untilMs - clock.originMs
  return what === 'stalled'
    ? { who: 'harness', what, of, forMs, atMs }
    : { who: 'harness', what, of, forMs, overMs: standing.overMs, how: 'no-cpu', atMs }
}
