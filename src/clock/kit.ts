import type { EventBody, EventPlace } from '../model/event.ts'
import type { Clock } from './clock.ts'

/** Appends to the one record of a run, dated now; or at `atMs` of the run's clock, where somebody else's date is better. */
export type Record = (event: EventBody & EventPlace & { readonly atMs?: number; readonly lateMs?: number }) => void

/** What a run lends to everything that lives in it: its time, its chance, its record. */
export interface Kit {
  readonly clock: Clock
  readonly record: Record
  /** Seeded, 0 <= x < 1. */
  readonly random: () => number
  /** Unique among the runs of one machine; part of every client id and topic, since brokers are shared. */
  readonly runId: string
}
