/**
 * How late things may be dated, and how long whom the machine did not let run. Pure: read off the evidence.
 */
import type { Event, Runner } from '../model/event.ts'

/** A time in which a thread or process did not run although there was work for it. */
export interface Standstill {
  /** `all`: evidence of before each part had a thread of its own. */
  readonly of: Runner | 'all'
  /** It lies somewhere in here. */
  readonly fromMs: number
  readonly toMs: number
  /** How much of that it was. */
  readonly forMs: number
  /** `busy`: its loop had other work, or was not run; `no-cpu`, `stopped`: the machine did not run it. */
  readonly how: 'busy' | 'no-cpu' | 'stopped'
}

/** In order of their ends. */
export const standstillsOf = (events: readonly Event[]): readonly Standstill[] =>
  events.flatMap((event): readonly Standstill[] => {
    if (event.what === 'starved') {
      const { atMs, of, forMs, overMs, how } = event
      return [{ of, fromMs: atMs - overMs, toMs: atMs, forMs, how }]
    }
    if (event.what !== 'stalled' || event.forMs === undefined) return []
    const { atMs, of = 'all', forMs } = event
    return [{ of, fromMs: atMs - forMs, toMs: atMs, forMs, how: 'busy' }]
  })

/** Those of one party. */
export const standstillsIn = (
  all: readonly Standstill[],
  of: Runner,
  fromMs: number,
  toMs: number,
): readonly Standstill[] =>
  all.filter(each => (each.of === of || each.of === 'all') && each.toMs > fromMs && each.fromMs < toMs)

/**
 * How long this party stood still between two moments, at most: everything together. What the scheduler says and what the loop says
 * of the same time counts once.
 */
export function stoodStillMs(all: readonly Standstill[], of: Runner, fromMs: number, toMs: number): number {
  const own = standstillsIn(all, of, fromMs, toMs)
  const loops = own.filter(({ how }) => how === 'busy')
  const overlap = (a: Pick<Standstill, 'fromMs' | 'toMs'>, b: Pick<Standstill, 'fromMs' | 'toMs'>) =>
    Math.max(0, Math.min(a.toMs, b.toMs) - Math.max(a.fromMs, b.fromMs))
  const within = { fromMs, toMs }
  const ofLoops = loops.reduce((sum, each) => sum + overlap(each, within), 0)
  const ofScheduler = own
    .filter(({ how }) => how !== 'busy')
    .map(each => {
      const counted = loops.reduce((sum, loop) => sum + overlap(loop, each), 0)
      return Math.min(overlap(each, within), Math.max(0, each.forMs - counted))
    })
  return ofLoops + ofScheduler.reduce((sum, ms) => sum + ms, 0)
}

/** How late a moment of the evidence may be dated: as late as the latest dated event of that very moment. */
export function latenessOf(events: readonly Event[]): (atMs: number) => number {
  const byDate = new Map<number, number>()
  for (const { atMs, lateMs = 0 } of events) if (lateMs > (byDate.get(atMs) ?? 0)) byDate.set(atMs, lateMs)
  return atMs => byDate.get(atMs) ?? 0
}
