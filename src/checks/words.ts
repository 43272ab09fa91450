import { formatMs } from '../model/duration.ts'
import type { Window } from '../model/verdict.ts'

/** A measured time: `12 ms`, `3.00 s`. */
export const seconds = (ms: number): string =>
  Math.abs(ms) < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`

/** With its ratio to K where there is one: `3.00 s (1.5K)`. */
export const inK = (ms: number, keepaliveMs: number): string =>
  keepaliveMs > 0 ? `${seconds(ms)} (${Number((ms / keepaliveMs).toFixed(2))}K)` : seconds(ms)

/** `allowed 2 s to 4 s (1.5K - 1 s to 1.5K + 1 s, MQTT 3.1.1 [MQTT-3.1.2-24])`. */
export function allowed({ earliestMs, latestMs, source }: Window): string {
  const bounds = [earliestMs > 0 ? formatMs(earliestMs) : undefined, bound(latestMs)]
  return `allowed ${bounds.filter(each => each !== undefined).join(' to ')} (${source})`
}

const bound = (ms: number): string => (Number.isFinite(ms) ? formatMs(ms) : 'any time')

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
