import { resolveDuration } from '../model/duration.ts'
import type { Scenario } from '../model/scenario.ts'

/** So long a scenario is to take, where its keep-alive allows it. */
const AIM_MS = 10_000
/** A keep-alive takes no less of the machine's time: timers and scheduling are exact to some milliseconds, whatever the speed. */
const LEAST_KEEPALIVE_MS = 1000
/** Few, so that scenarios can share brokers. Beyond the last one programs that look ten times a second would do nothing else. */
const SPEEDS = [2, 5, 10, 20, 50, 100]

/** The slowest that plays it in about ten seconds, or the fastest that its keep-alive allows; a keep-alive of 0 allows any. */
export function speedFor({ until, client: { keepaliveS } }: Pick<Scenario, 'until' | 'client'>): number {
  const most = mostSpeed(keepaliveS)
  const wanted = resolveDuration(until, keepaliveS * 1000) / AIM_MS
  const allowed = SPEEDS.filter(speed => speed <= most)
  return allowed.find(speed => speed >= wanted) ?? allowed.at(-1) ?? 1
}

/** The fastest for a keep-alive in seconds. */
export const mostSpeed = (keepaliveS: number): number =>
  keepaliveS === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor((keepaliveS * 1000) / LEAST_KEEPALIVE_MS))
