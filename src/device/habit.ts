import type { Line } from './line.ts'

/** What a device does by itself while all is well. */
export interface Habit {
  /** How long it was watched, and how often it published in that time. */
  readonly watchedMs: number
  readonly published: number
  /** The longest time without a message of its own. */
  readonly longestPauseMs: number
}

/** So much of the past tells what it does now. */
const PAST_K = 3

/** On this connection, since its CONNACK. */
export function habitOf({ connackMs, publishedMs, forgottenMs }: Line, nowMs: number, kMs: number): Habit {
  const fromMs = Math.max(connackMs ?? nowMs, nowMs - PAST_K * kMs, forgottenMs)
  const timesMs = [fromMs, ...publishedMs.filter(atMs => atMs > fromMs), nowMs]
  const longestPauseMs = timesMs.slice(1).reduce((most, atMs, i) => Math.max(most, atMs - (timesMs[i] ?? atMs)), 0)
  return { watchedMs: nowMs - fromMs, published: timesMs.length - 2, longestPauseMs }
}
