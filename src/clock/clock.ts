/** Forgets what was asked for; does nothing once it has happened. */
export type Cancel = () => void

/**
 * All time goes through one of these: it both tells and waits. Milliseconds since the clock's own start,
 * with fractions; never the date.
 */
export interface Clock {
  readonly kind: 'real' | 'virtual'
  nowMs(): number
  /** Calls `act` once `nowMs() >= atMs`; never before. At once, but not synchronously, where that is past. */
  at(atMs: number, act: () => void): Cancel
  /** Resolves once `nowMs() >= untilMs`. A virtual clock gets there by running everything due on the way. */
  advanceTo(untilMs: number): Promise<void>
  /** Virtual clocks only: whoever waits in `advanceTo` is let go at once, and time stands still where it is. */
  letGo?(): void
}

/** When something happened, as far as it is known: between `atMs - lateMs` and `atMs` of a run's clock. */
export interface Dated {
  readonly atMs: number
  readonly lateMs: number
}

/** In whole microseconds: more digits would only be noise. */
export const between = (fromMs: number, toMs: number): Dated => ({
  atMs: toMs,
  lateMs: Math.ceil(Math.max(0, toMs - fromMs) * 1000) / 1000,
})

/** Carries it out: it happened between asking for it and hearing that it is done. */
export async function dated(clock: Pick<Clock, 'nowMs'>, act: () => Promise<unknown>): Promise<Dated> {
  const fromMs = clock.nowMs()
  await act()
  return between(fromMs, clock.nowMs())
}

/** From the beginning of the first of these to the end of the last one: somewhere in there all of them came to be so. */
export function spanOf(dates: readonly Dated[]): Dated | undefined {
  if (dates.length === 0) return undefined
  const fromMs = Math.min(...dates.map(({ atMs, lateMs }) => atMs - lateMs))
  return between(fromMs, Math.max(...dates.map(({ atMs }) => atMs)))
}

const waiting = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls `act` once when the signal aborts, and at once where it has; call the result once nothing waits any more. However many wait for
 * one signal, it has one listener: hundreds of runs share one, and Node warns of a leak from the eleventh on.
 */
export function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  if (!signal) return () => {}
  if (signal.aborted) {
    act()
    return () => {}
  }
  const acts = waiting.get(signal) ?? listenTo(signal)
  // The same function twice is two that wait.
  const own = () => act()
  acts.add(own)
  return () => void acts.delete(own)
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const acts = new Set<() => void>()
  waiting.set(signal, acts)
  const tell = () => {
    for (const act of [...acts]) act()
    acts.clear()
  }
  signal.addEventListener('abort', tell, { once: true })
  return acts
}
