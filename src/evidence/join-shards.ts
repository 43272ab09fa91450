/**
 * The evidence of a fleet that several machines played, as one: what each shard saw, dated on the clock of the first. A date of another
 * machine is known as well as the clocks of both are, and that is added to its lateness; so what the clocks leave open is judged as any
 * other uncertainty of a date, and a window that is narrower comes out inconclusive. A fault took hold between the first and the last
 * machine on which it did. Pure.
 */
import type { Event } from '../model/event.ts'
import type { Evidence, WallClock } from '../model/evidence.ts'
import { numberInWhole, wholeFleet } from '../model/fleet-share.ts'
import type { FleetShare } from '../model/scenario.ts'

/** The evidence of one shard, by its place, from 1. */
export interface ShardEvidence {
  readonly share: FleetShare
  readonly clock: WallClock
  readonly evidence: Pick<Evidence, 'header' | 'events'>
}

/** Of a monotonic clock: 15 parts in a million (PHI, RFC 5905 §7.1). */
const DRIFT = 15e-6

/** Of a date on the clock of the first shard. */
interface Shift {
  readonly byMs: number
  readonly errorMs: number
}

/** All shards of one fleet, in their order; their clocks have one source. */
export function joinShards(shards: readonly ShardEvidence[]): Evidence {
  const [first] = shards
  if (!first) throw new Error('there are no shards')
  const all = shards.map(shard => moved(shard, shiftOf(shard, first)))
  const endMs = Math.min(...all.map(events => events.at(-1)?.atMs ?? Number.POSITIVE_INFINITY))
  const marks = togetherMarked(all.map(events => events.filter(isOrder)))
  const rest = all.flat().filter(event => !isOrder(event) && event.what !== 'ended')
  const seen = [...marks, ...rest]
    .filter(event => event.atMs <= endMs || event.what === 'trouble')
    .map(event => (event.atMs > endMs ? { ...event, atMs: endMs } : event))
    .toSorted((a, b) => a.atMs - b.atMs)
  const { header } = first.evidence
  return {
    header: {
      ...header,
      labResolutionMs: Math.max(...shards.map(({ evidence }) => evidence.header.labResolutionMs)),
      started: shards.map(({ evidence }) => evidence.header.started).toSorted()[0] ?? header.started,
      scenario: wholeFleet(header.scenario),
    },
    events: [...seen, { who: 'harness', what: 'ended', atMs: endMs }],
  }
}

/** How far apart the first and the last machine were at time 0, and how well that is known, in milliseconds. */
export function skewOf(shards: readonly ShardEvidence[]): { readonly skewMs: number; readonly errorMs: number } {
  const [first] = shards
  const shifts = first ? shards.map(shard => shiftOf(shard, first)) : []
  const byMs = shifts.map(shift => shift.byMs)
  return {
    skewMs: Math.max(0, ...byMs) - Math.min(0, ...byMs),
    errorMs: Math.max(0, ...shifts.map(({ errorMs }) => errorMs)),
  }
}

function shiftOf(shard: ShardEvidence, first: ShardEvidence): Shift {
  if (shard === first) return { byMs: 0, errorMs: 0 }
  const { clock, evidence } = shard
  // On one machine they are one clock.
  const isOne = clock.errorMs === null
  const lengthMs = evidence.events.at(-1)?.atMs ?? 0
  const errorMs = isOne ? 0 : (clock.errorMs ?? 0) + (first.clock.errorMs ?? 0) + 2 * DRIFT * Math.abs(lengthMs)
  return { byMs: clock.atMs - first.clock.atMs, errorMs }
}

const rounded = (ms: number): number => Number(ms.toFixed(3))

function moved({ share, evidence }: ShardEvidence, { byMs, errorMs }: Shift): readonly Event[] {
  return evidence.events.map((event): Event => {
    const lateMs = rounded((event.lateMs ?? 0) + 2 * errorMs)
    return {
      ...event,
      atMs: rounded(event.atMs + byMs + errorMs),
      ...((lateMs > 0 || event.lateMs !== undefined) && { lateMs }),
      ...(event.device !== undefined && { device: numberInWhole(event.device, share) }),
      ...(event.conn !== undefined && { conn: numberInWhole(event.conn, share) }),
      ...(event.what === 'trouble' && { note: `shard ${share.index} of ${share.of}: ${event.note}` }),
    } as Event
  })
}

const ORDERS: ReadonlySet<Event['what']> = new Set(['fault-asked', 'fault-held', 'fault-lifted'])
/** What the timeline did to all connections at once; a hold of one connection is that connection's own. */
const isOrder = ({ what, conn }: Event): boolean => ORDERS.has(what) && conn === undefined

/** The k-th mark of a fault on all machines is one, between the earliest and the latest date. */
function togetherMarked(shards: readonly (readonly Event[])[]): readonly Event[] {
  const found = new Map<string, Event[]>()
  for (const marks of shards) {
    const seen = new Map<string, number>()
    for (const event of marks) {
      const name = `${event.what} ${'fault' in event ? event.fault : ''}`
      const number = (seen.get(name) ?? 0) + 1
      seen.set(name, number)
      const key = `${name} ${number}`
      found.set(key, [...(found.get(key) ?? []), event])
    }
  }
  return [...found.values()].flatMap(events => {
    const [event] = events
    if (!event) return []
    if (shards.length === 1) return [event]
    const atMs = Math.max(...events.map(each => each.atMs))
    const lateMs = rounded(atMs - Math.min(...events.map(each => each.atMs - (each.lateMs ?? 0))))
    return [{ ...event, atMs, lateMs }]
  })
}
