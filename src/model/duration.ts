/**
 * A length of time that may depend on the keep-alive in force: `ms + k * K`.
 *
 * Scenario files write `250ms`, `10s`, `2m`, `1h`, `1.5K`, `1.5K + 2s`. It stays unresolved until K is known,
 * because a broker may impose its own (MQTT 5.0 §3.2.2.3.14, Server Keep Alive).
 */
export interface Duration {
  readonly ms: number
  readonly k: number
}

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const
const TERM = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|K)\s*/
const SIGN = /^([+-])/

/** What a duration may look like, for error messages and for the JSON Schema. */
export const DURATION_PATTERN = '^\\s*\\d+(\\.\\d+)?\\s*(ms|s|m|h|K)(\\s*[+-]\\s*\\d+(\\.\\d+)?\\s*(ms|s|m|h|K))*\\s*$'
export const DURATION_EXAMPLES = '250ms, 10s, 2m, 1.5K, 1.5K + 2s'

/** `undefined` where the text is no duration. */
export function parseDuration(text: string): Duration | undefined {
  let rest = text
  let sign = 1
  let ms = 0
  let k = 0
  for (;;) {
    const term = TERM.exec(rest)
    if (!term) return undefined
    const amount = sign * Number(term[1])
    if (term[2] === 'K') k += amount
    else ms += amount * UNIT_MS[term[2] as keyof typeof UNIT_MS]
    rest = rest.slice(term[0].length)
    if (rest === '') return { ms: exact(ms), k: exact(k) }
    const operator = SIGN.exec(rest)
    if (!operator) return undefined
    sign = operator[1] === '-' ? -1 : 1
    rest = rest.slice(1)
  }
}

/** Rounded to what was written in decimals, since binary fractions are inexact: 1.1 m are 66000 ms. */
const exact = (value: number): number => Number(value.toFixed(6))

export const milliseconds = (ms: number): Duration => ({ ms, k: 0 })
export const keepalives = (k: number, ms = 0): Duration => ({ ms, k })

/** In milliseconds, for a keep-alive of `keepaliveMs`. */
export const resolveDuration = (duration: Duration, keepaliveMs: number): number =>
  duration.ms + duration.k * keepaliveMs

export function formatDuration({ ms, k }: Duration): string {
  if (k === 0) return formatMs(ms)
  if (ms === 0) return `${trim(k)}K`
  return `${trim(k)}K ${ms < 0 ? '-' : '+'} ${formatMs(Math.abs(ms))}`
}

/** `250 ms` below a second, else seconds with at most two decimals: `3.02 s`. */
export function formatMs(ms: number): string {
  return Math.abs(ms) < 1000 ? `${trim(ms)} ms` : `${trim(ms / 1000)} s`
}

const trim = (value: number): string => String(Number(value.toFixed(2)))

type Unit = 'ms' | 's' | 'm' | 'h' | 'K'

type Term = `${number}${Unit}`

type Operator = '+' | '-' | ' + ' | ' - '

/** `2s`, `500ms`, `1.5K`, `1.5K + 2s`; K is the keep-alive in force. */
export type DurationInput = Term | `${Term}${Operator}${Term}`

/** In whole seconds: `2s`; K is what it stands for. */
export type KeepaliveInput = `${number}${Exclude<Unit, 'K'>}`
