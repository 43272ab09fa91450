import type { ReadReport } from '../logs/reader.ts'
import { formatMs } from '../model/duration.ts'
import { type Spread, spreadOf } from './tally.ts'

/** `9 to 10 s`, or `60 s` where they are all alike. */
export function spreadWords(values: readonly number[] | Spread | undefined): string {
  const spread = Array.isArray(values) ? spreadOf(values) : (values as Spread | undefined)
  if (!spread) return 'an unknown time'
  const [least, most] = [roundMs(spread.leastMs), roundMs(spread.mostMs)]
  if (least === most) return lengthOf(most)
  const words = lengthOf(least)
  return words.endsWith(' s') && formatMs(most).endsWith(' s')
    ? `${words.slice(0, -2)} to ${formatMs(most)}`
    : `${words} to ${formatMs(most)}`
}

/** Whole seconds from 10 s on, since no log is better than that where it matters. */
const roundMs = (ms: number): number => (ms >= 10_000 ? Math.round(ms / 1000) * 1000 : Math.round(ms / 100) * 100)

const lengthOf = (ms: number): string => (ms === 0 ? '0 s' : formatMs(ms))

export const lengthWords = (ms: number): string => lengthOf(roundMs(ms))

/** `1.5K = 30 s` and what is over: `1.5K + 3 s`. */
export function againstK(ms: number, keepaliveS: number): string {
  const over = Math.round((ms - 1500 * keepaliveS) / 1000)
  return over === 0 ? '1.5K' : over > 0 ? `1.5K + ${over} s` : `1.5K - ${-over} s`
}

/** How dates of a source are written: as much of them as it tells. */
export type DateWords = (atMs: number) => string

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const two = (value: number): string => String(value).padStart(2, '0')

/** In UTC where the source has a zone, and else as the source writes them. */
export function dateWords(dates: ReadReport['dates']): DateWords {
  return atMs => {
    const date = new Date(atMs)
    if (Number.isNaN(date.getTime())) return '?'
    const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
    if (dates === 'uptime') return `${(atMs / 1000).toFixed(1)} s after start`
    if (dates === 'day') {
      const day = Math.floor(atMs / 86_400_000)
      return day > 0 ? `${time} (day ${day + 1})` : time
    }
    const day = `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}`
    return dates === 'year-less' ? `${day} ${time}` : `${date.toISOString().slice(0, 10)} ${time}`
  }
}

export const times = (count: number): string => (count === 1 ? 'once' : `${count} times`)
