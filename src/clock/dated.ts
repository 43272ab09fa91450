import type { Clock } from './clock.ts'

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
