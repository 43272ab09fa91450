import { resolveDuration } from '../model/duration.ts'
import type { Scenario } from '../model/scenario.ts'

/** So long a scenario is to take at the most, where its keep-alive allows it: the slower, the more exact. */
const AIM_MS = 15_000
/** A keep-alive takes no less of the machine's time: timers and scheduling are exact to some milliseconds, whatever the speed. */
const LEAST_KEEPALIVE_MS = 1000
/** Few, so that scenarios can share brokers. */
const SPEEDS = [2, 5, 10, 20, 50, 100, 250]

/** Beyond it a program that looks ten times a second waits for less than libfaketime's whole millisecond, and would do nothing else. */
export const MOST_OF_PROGRAMS = 100
/** Aedes and MQTT.js wait for what is due and look for nothing in between; but MQTT.js waits 30 s for a CONNACK, which at this speed are 120 ms. */
export const MOST_OF_OUR_OWN = 250
/** Up to twice as long as is aimed at, a scenario is played as slowly as programs bear. */
const PATIENCE = 2

/**
 * The slowest that plays it in about a quarter of a minute, or the fastest that its keep-alive allows; a keep-alive of 0 allows any.
 * `fastest`: that its peers bear.
 */
export function speedFor(
  { until, client: { keepaliveS } }: Pick<Scenario, 'until' | 'client'>,
  fastest = MOST_OF_PROGRAMS,
): number {
  const most = Math.min(fastest, mostSpeed(keepaliveS))
  const wanted = resolveDuration(until, keepaliveS * 1000) / AIM_MS
  const allowed = SPEEDS.filter(speed => speed <= most)
  const enough = allowed.find(speed => speed >= wanted) ?? allowed.at(-1) ?? 1
  return wanted <= PATIENCE * MOST_OF_PROGRAMS ? Math.min(enough, MOST_OF_PROGRAMS) : enough
}

/** The fastest for a keep-alive in seconds. */
export const mostSpeed = (keepaliveS: number): number =>
  keepaliveS === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor((keepaliveS * 1000) / LEAST_KEEPALIVE_MS))
