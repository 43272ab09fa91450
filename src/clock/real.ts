import type { Cancel, Clock, Dated } from './clock.ts'
import { machine } from './faster.ts'

/** setTimeout takes at most this many milliseconds (Node: 2^31 - 1); longer waits go in steps. */
const LONGEST_MS = 2 ** 31 - 1

/**
 * The kernel's CLOCK_MONOTONIC in milliseconds, with fractions: the same in every thread and process of this machine, which
 * `performance.now()` is not.
 */
export const monotonicMs = (): number => Number(machine().hrtime()) / 1e6

/** A clock of the machine's time. Two of one origin agree, also in different threads. */
export interface RealClock extends Clock {
  readonly kind: 'real'
  /** Where it stands at 0, in milliseconds of `monotonicMs`. */
  readonly originMs: number
  /** How many of its milliseconds pass in one of the machine's; 1, but in the lab accelerated. */
  readonly speed: number
}

export const isReal = (clock: Clock): clock is RealClock => clock.kind === 'real'

/** How many of its milliseconds pass in one of the machine's. */
export const speedOf = (clock: Clock): number => (isReal(clock) ? (clock.speed ?? 1) : 1)

/** What takes so many of the machine's milliseconds (a program's start, a signal), in those of the clock. */
export const ownMs = (clock: Clock, ms: number): number => ms * speedOf(clock)

/** The machine's monotonic clock, or one that runs `speed` times as fast. The only place that touches it, apart from the simulation's dispatchers. */
export function realClock(originMs: number = monotonicMs(), speed = 1): RealClock {
  const nowMs = () => (monotonicMs() - originMs) * speed

  const at = (atMs: number, act: () => void): Cancel => {
    let timer: NodeJS.Timeout
    // setTimeout counts whole milliseconds and may fire up to one early, so look again before acting.
    const wait = () => {
      const leftMs = Math.ceil((atMs - nowMs()) / speed)
      timer = machine().setTimeout(leftMs <= 0 ? act : check, Math.min(Math.max(leftMs, 0), LONGEST_MS))
    }
    const check = () => (nowMs() >= atMs ? act() : wait())
    wait()
    return () => machine().clearTimeout(timer)
  }

  return {
    kind: 'real',
    originMs,
    speed,
    nowMs,
    at,
    advanceTo: untilMs => new Promise(resolve => at(untilMs, resolve)),
  }
}

/** A moment of the machine's, in milliseconds of `monotonicMs`: between `atMs - lateMs` and `atMs`. */
export interface MachineDate {
  readonly atMs: number
  readonly lateMs: number
}

/** The same moment on a run's clock. */
export const onClock = ({ originMs, speed }: RealClock, { atMs, lateMs }: MachineDate): Dated => ({
  atMs: (atMs - originMs) * speed,
  lateMs: lateMs * speed,
})

/**
 * What to add to a date of the machine's monotonic clock, in milliseconds, for the same moment on this clock. Throws for a virtual
 * clock, which has no such moment.
 */
export function monotonicOffsetMs(clock: Clock): number {
  if (!isReal(clock)) throw new Error('virtual time is no time of the machine')
  return -clock.originMs
}
