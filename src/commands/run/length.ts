import type { Scenario } from '../../model/scenario.ts'
import { lengthMs } from '../../reporters/progress.ts'
import { plural } from '../../text/words.ts'

/** Shorter than this is waited for without a word. */
const LONG_MS = 60_000

/** What a run plays where time is real. */
export interface RealPart {
  readonly scenario: Scenario
  /** How many times as fast it is played; absent: as it is. */
  readonly speed?: number
}

/** What playing these takes at least: they overlap, up to `jobs` at once. */
export function atLeastMs(parts: readonly RealPart[], jobs: number): number {
  const lengths = parts.map(({ scenario, speed = 1 }) => lengthMs(scenario) / speed)
  return Math.max(0, ...lengths, lengths.reduce((sum, ms) => sum + ms, 0) / jobs)
}

/**
 * Says before a long run how long it takes, which scenario is the longest, and what virtual time offers; `undefined` where the
 * run is short.
 */
export function lengthNote(parts: readonly RealPart[], jobs: number): string | undefined {
  const lengths = parts.map(({ scenario, speed = 1 }) => lengthMs(scenario) / speed)
  const longestMs = Math.max(0, ...lengths)
  const takesMs = atLeastMs(parts, jobs)
  if (takesMs < LONG_MS) return undefined
  const longest = parts[lengths.indexOf(longestMs)]?.scenario.name ?? ''
  const virtual = parts.filter(({ scenario }) => scenario.lab?.includes('simulated') ?? true).length
  const which = parts.length === 1 ? 'it' : virtual === parts.length ? 'them all' : `${virtual} of them`
  const offer = virtual === 0 ? '' : `; --lab simulated plays ${which} in virtual time, in seconds`
  return `this takes about ${inWords(takesMs)} of real time: ${plural(parts.length, 'scenario')}, the longest ${inWords(longestMs)} (${longest})${offer}`
}

/** `90 s`, `12 min`, `3.5 h`. */
export function inWords(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Number((ms / 3_600_000).toFixed(1))} h`
}
