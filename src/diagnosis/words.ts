import { formatMs } from '../model/duration.ts'
import { type Spread, spreadOf } from './tally.ts'

/** Where a log has no packets. */
export const PACKETS_LOG = 'a log with packets (mosquitto: log_type all; EMQX: level debug, or a trace)'

export const times = (count: number): string => (count === 1 ? 'once' : `${count} times`)
export const many = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

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
