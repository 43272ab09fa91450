import type { Event } from '../model/event.ts'

/** One time that a fault was in force. An idle timer may hold again and again, once for each connection. */
export interface Hold {
  /** `blackhole#0`: the fault's name and its step in the timeline. */
  readonly fault: string
  readonly heldMs: number
  /** From here on what happens may be the fault's doing: when it was ordered, or held where the link decides. */
  readonly fromMs: number
  readonly liftedMs: number | undefined
  /** The only connection that it took hold of; absent where it holds for all. */
  readonly conn: number | undefined
}

export function holdsOf(events: readonly Event[]): readonly Hold[] {
  return events.flatMap((event): readonly Hold[] => {
    if (event.what !== 'fault-held' || event.fault === undefined) return []
    const { fault, conn } = event
    const asked = events.find(other => other.what === 'fault-asked' && other.fault === fault)
    const lifted = events.find(other => other.what === 'fault-lifted' && other.fault === fault)
    const fromMs = conn === undefined ? (asked?.atMs ?? event.atMs) : event.atMs
    return [{ fault, heldMs: event.atMs, fromMs, liftedMs: lifted?.atMs, conn }]
  })
}
