import type { EdgeEvent, Event } from '../../model/event.ts'

/**
 * What comes closer together than this is a tie: real sockets and timers differ from the simulated ones by up to 4.4 ms,
 * and no order of two detections below about 50 ms is evidence (measured against real TCP at K = 2).
 */
export const TIE_MS = 50

/**
 * Says when a run has shown enough. `both`: both peers have noticed. `first`: one has, and the other one not within a
 * tie of it, nor does it matter any more.
 */
export function enough(needs: 'both' | 'first'): (event: Event) => boolean {
  let held: { readonly conn: number | undefined } | undefined
  let firstMs: number | undefined
  const noticed = new Set<string>()
  return event => {
    if (event.what === 'fault-held') held ??= { conn: event.conn }
    if (!held) return false
    if (isEnd(event) && (held.conn === undefined || event.conn === held.conn)) {
      noticed.add(event.edge)
      firstMs ??= event.atMs
    }
    if (noticed.size === 2) return true
    return needs === 'first' && firstMs !== undefined && event.atMs >= firstMs + TIE_MS
  }
}

const isEnd = (event: Event): event is Event & EdgeEvent => event.what === 'fin' || event.what === 'rst'

/** PINGREQs that are enough to say how far apart they are. */
const PINGS_KEPT = 2

/**
 * Leaves out of the evidence what a run that ends at its first detection is not asked for: of an hour of health, all
 * but the first PINGREQs.
 */
export function withoutPings(): (event: Event) => boolean {
  let kept = 0
  return event => {
    if (event.what !== 'packet') return true
    const { cmd } = event.packet
    if (cmd === 'pingreq' && event.edge === 'client') return ++kept <= PINGS_KEPT
    return cmd !== 'pingreq' && cmd !== 'pingresp'
  }
}
