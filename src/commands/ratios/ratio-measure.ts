import { realClock } from '../../clock/real.ts'
import type { Lab } from '../../labs/lab.ts'
import type { Job } from './job.ts'
import { type Outcome, onOneClock, playJob } from './ratio-play.ts'
import { playAll } from './schedule.ts'

export interface MeasurementSeat {
  readonly lab: Lab
  /** Programs at once. */
  readonly most: number
  readonly seed: number
  readonly signal?: AbortSignal
  readonly progress?: (done: number, total: number) => void
}

export interface Measurement {
  /** Each run once, as it came out last. Runs under way at a stop are not among them. */
  readonly outcomes: readonly Outcome[]
  /** How many of the jobs these are. */
  readonly done: number
  /** Runs that were spoilt and played once more. */
  readonly repeated: number
}

const LETTERS = 36 ** 3

/** Plays the jobs in real time. It never throws for a run. */
export async function measureRatios(jobs: readonly Job[], seat: MeasurementSeat): Promise<Measurement> {
  const clock = realClock()
  const lab = onOneClock(seat.lab, clock)
  const token = `r${(seat.seed % LETTERS).toString(36)}`
  const outcomes: Outcome[] = []
  let done = 0
  let repeated = 0
  seat.progress?.(0, jobs.length)
  await playAll(jobs, {
    clock,
    most: seat.most,
    ...(seat.signal ? { signal: seat.signal } : {}),
    play: (job, attempt, begun) =>
      playJob(job, attempt, {
        lab,
        seed: seat.seed,
        token,
        begun: (_, zeroMs) => begun(zeroMs),
        ...(seat.signal ? { signal: seat.signal } : {}),
      }),
    ended(own, isFinal) {
      if (!isFinal) {
        repeated++
        return
      }
      outcomes.push(...own)
      done++
      seat.progress?.(done, jobs.length)
    },
  })
  return { outcomes, done, repeated }
}
