import type { EventBody, EventPlace } from '../model/event.ts'
import type { Clock } from './clock.ts'

/** An event on its way into the record: dated now where it has no date, with a lateness where another party knows it better. */
export type Recorded = EventBody & EventPlace & { readonly atMs?: number; readonly lateMs?: number }

/** Appends to the one record of a run, dated now; or at `atMs` of the run's clock, where another party's date is better. */
export type Record = (event: Recorded) => void

/** In real time, what a thread does itself is known to lie between the moment before and the moment after. */
export interface OwnActs {
  /** As `Record`, for what this thread does and does not merely notice: it is not dated late. */
  readonly record: Record
  /** What was recorded so since the last call was begun, and is done when the result is called. */
  begin(): () => void
}

/**
 * Files for what a run does not keep as evidence, since it may hold anybody's secrets: each only where somebody asked for it. Only their
 * owner can read them.
 */
export interface RawFiles {
  /** Keys of the TLS sessions that the link ends, as a key log (NSS). */
  readonly keys?: string
  /** What the kernel saw at the link's edges, as pcapng: the beginning of two names, to which `-client.pcapng` and `-broker.pcapng` are added. */
  readonly packets?: string
}

/** What a run lends to everything that lives in it: its time, its chance, its record. */
export interface Kit {
  readonly clock: Clock
  readonly record: Record
  /** Absent in virtual time, where nothing takes any. */
  readonly ownActs?: OwnActs
  /** Seeded, 0 <= x < 1. */
  readonly random: () => number
  /** Unique among the runs of one machine; part of every client id and topic, since brokers are shared. */
  readonly runId: string
  /** Absent: none. */
  readonly raw?: RawFiles
  /** A fleet is complete at this moment of the clock, which is time 0; absent: as soon as it can. */
  readonly startAtMs?: number
}

/** Chance that can be repeated: mulberry32, 32 bits of state. 0 <= x < 1. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
