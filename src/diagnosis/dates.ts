import type { ReadReport } from '../logs/reader.ts'

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
