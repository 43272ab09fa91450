import type { Event, Runner } from '../model/event.ts'
import { latenessOf, type Standstill, standstillsOf, stoodStillMs } from './lateness.ts'

/** How exactly the events of one record are dated, and how long whom something kept from acting in between. */
export interface Dates {
  /** What happened at this moment of the record may have happened so much earlier. */
  lateMs(atMs: number): number
  /** How long these stood still between two moments, at most: each one's own time is added, and what held for all counts once. */
  stoodStillMs(of: readonly Runner[], fromMs: number, toMs: number): number
}

/**
 * Evidence of 0.1.0 and before, where everything lived in one thread, says when all of it stood still, and of no event that it
 * is dated late: what a standstill held up was dated within this long of its end.
 */
const AFTERMATH_MS = 50

export function datesOf(events: readonly Event[]): Dates {
  const standstills = standstillsOf(events)
  const shared = standstills.filter(({ of }) => of === 'all')
  const own = standstills.filter(({ of }) => of !== 'all')
  const stated = latenessOf(events)
  return {
    lateMs: atMs => Math.max(stated(atMs), ...shared.map(each => heldUpMs(each, atMs))),
    stoodStillMs: (of, fromMs, toMs) =>
      of.reduce((sum, each) => sum + stoodStillMs(own, each, fromMs, toMs), 0) +
      stoodStillMs(shared, 'harness', fromMs, toMs),
  }
}

const heldUpMs = ({ fromMs, toMs, forMs }: Standstill, atMs: number): number =>
  atMs >= fromMs && atMs <= toMs + AFTERMATH_MS ? forMs : 0
