import type { Stamp } from './stamp.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const YEAR_MS = 366 * DAY_MS
/** Lines of several programs stand a little out of order. */
const DISORDER_MS = 5000

/** One place where the dates of a log go back. */
export interface StepBack {
  readonly line: number
  readonly byMs: number
}

/**
 * Dates of one log on one line of time: days are counted by midnights where only the time of day is told, years by
 * Januaries where only the day is, and an hour that a local clock repeats in autumn is not taken twice.
 */
export class LogClock {
  #addMs = 0
  #lastMs: number | undefined
  #lastKind: Stamp['kind'] | undefined
  forwards = 0
  backwards = 0
  readonly stepsBack: StepBack[] = []
  /** The coarsest of the dates: 1000 where they are whole seconds. */
  resolutionMs = 0
  kinds = new Set<Stamp['kind']>()

  /** Where a date lies, in milliseconds; only differences count where the kind is not `full`. */
  dateOf(stamp: Stamp, line: number): number {
    if (stamp.kind !== this.#lastKind) {
      this.kinds.add(stamp.kind)
      if (this.#lastKind !== undefined) this.#addMs = 0
      this.#lastKind = stamp.kind
      this.#lastMs = undefined
    }
    if (stamp.resolutionMs > this.resolutionMs) this.resolutionMs = stamp.resolutionMs
    const last = this.#lastMs
    let atMs = stamp.atMs + this.#addMs
    if (last !== undefined && atMs < last - DISORDER_MS) {
      const added = wrapped(stamp, last - atMs)
      if (added > 0) {
        this.#addMs += added
        atMs += added
      } else {
        this.backwards++
        if (this.stepsBack.length < 100) this.stepsBack.push({ line, byMs: last - atMs })
      }
    } else if (last !== undefined && atMs > last) this.forwards++
    this.#lastMs = atMs
    return atMs
  }
}

/** What is added where a date went back because it does not tell the day, the year or the zone; 0 where it did go back. */
function wrapped({ kind, local }: Stamp, backMs: number): number {
  if (kind === 'day') return backMs > DAY_MS / 2 ? DAY_MS : 0
  if (kind === 'year-less') return backMs > YEAR_MS / 2 ? YEAR_MS : 0
  return local && Math.abs(backMs - HOUR_MS) < 5 * 60_000 ? HOUR_MS : 0
}
