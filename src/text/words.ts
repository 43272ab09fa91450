import { formatMs } from '../model/duration.ts'
import type { Window } from '../model/verdict.ts'

/** A measured time: `12 ms`, `3.00 s`. */
export const seconds = (ms: number): string =>
  Math.abs(ms) < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`

/** With its ratio to K where there is one to speak of: `3.00 s (1.5K)`. */
export function inK(ms: number, keepaliveMs: number): string {
  const ratio = keepaliveMs > 0 ? Number((ms / keepaliveMs).toFixed(2)) : 0
  return ratio === 0 ? seconds(ms) : `${seconds(ms)} (${ratio}K)`
}

/** `allowed 2 s to 4 s (1.5K - 1 s to 1.5K + 1 s, MQTT 3.1.1 [MQTT-3.1.2-24])`. */
export function allowed({ earliestMs, latestMs, source }: Window): string {
  const from = formatMs(earliestMs)
  const to = formatMs(latestMs)
  if (!Number.isFinite(latestMs)) return `allowed from ${from} on (${source})`
  return earliestMs > 0 ? `allowed ${from} to ${to} (${source})` : `allowed at most ${to} (${source})`
}

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** Each text once, in the order of its first time, with how often it was said where that is more: `Keep alive timeout (twice)`. */
export const tallied = (texts: readonly string[]): readonly string[] => tally(texts.map(text => [text, 1]))

/** The same of texts that were said so many times each. */
export function tally(said: readonly (readonly [text: string, times: number])[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const [text, times] of said) counts.set(text, (counts.get(text) ?? 0) + times)
  return [...counts].map(([text, count]) =>
    count === 1 ? text : `${text} (${count === 2 ? 'twice' : `${count} times`})`,
  )
}
