/** What the quick reader found: the date, where it ends, and whether it names its zone. */
interface IsoDate {
  readonly atMs: number
  readonly end: number
  readonly zoned: boolean
  readonly resolutionMs: number
}

const DASH = 45
export const COLON = 58
const SPACE = 32

const digit = (text: string, at: number): number => text.charCodeAt(at) - 48
const isDigitAt = (text: string, at: number): boolean => digit(text, at) >= 0 && digit(text, at) <= 9

/** Two digits as a number; negative or larger than 99 where they are none. */
function pair(text: string, at: number): number {
  const [high, low] = [digit(text, at), digit(text, at + 1)]
  return high >= 0 && high <= 9 && low >= 0 && low <= 9 ? high * 10 + low : 1000
}

let knownDay = -1
let knownDayMs = 0

/** Days are counted once a day. */
function dayMs(year: number, month: number, day: number): number {
  const key = year * 10_000 + month * 100 + day
  if (key !== knownDay) {
    knownDay = key
    knownDayMs = Date.UTC(year, month - 1, day)
  }
  return knownDayMs
}

/**
 * `2024-06-01T13:53:20.123456+02:00` and its like, read without a pattern: at 10 million lines a pattern is half of the work.
 * `undefined`: it is another form, or has something strange about it, so that a pattern has to say.
 */
export function quickIso(text: string, from: number): IsoDate | undefined {
  if (text.charCodeAt(from + 4) !== DASH || text.charCodeAt(from + 7) !== DASH) return undefined
  if (text.charCodeAt(from + 13) !== COLON || text.charCodeAt(from + 16) !== COLON) return undefined
  const between = text.charCodeAt(from + 10)
  if (between !== 84 && between !== SPACE) return undefined
  const year = pair(text, from) * 100 + pair(text, from + 2)
  const [month, day] = [pair(text, from + 5), pair(text, from + 8)]
  const [h, m, s] = [pair(text, from + 11), pair(text, from + 14), pair(text, from + 17)]
  if (year > 9999 || month < 1 || month > 12 || day < 1 || day > 31 || h > 24 || m > 59 || s > 60) return undefined
  let end = from + 19
  let fraction = 0
  let digits = 0
  const point = text.charCodeAt(end)
  if ((point === 46 || point === 44) && isDigitAt(text, end + 1)) {
    end++
    for (let scale = 100; isDigitAt(text, end) && digits < 9; digits++, end++, scale /= 10)
      fraction += digit(text, end) * scale
  }
  const zone = zoneAt(text, end)
  if (!zone) return undefined
  return {
    atMs: dayMs(year, month, day) + h * 3_600_000 + m * 60_000 + s * 1000 + fraction - zone.minutes * 60_000,
    end: zone.end,
    zoned: zone.zoned,
    resolutionMs: digits === 0 ? 1000 : digits < 3 ? 100 : 1,
  }
}

interface Zone {
  readonly minutes: number
  readonly end: number
  readonly zoned: boolean
}

/** `Z`, `+0200`, `+02:00`, or none; `undefined` for all that is written otherwise. */
function zoneAt(text: string, at: number): Zone | undefined {
  const code = text.charCodeAt(at)
  if (code === 90) return isWord(text.charCodeAt(at + 1)) ? undefined : { minutes: 0, end: at + 1, zoned: true }
  if (code === 43 || code === DASH) {
    const colon = text.charCodeAt(at + 3) === COLON ? 1 : 0
    const [hours, rest] = [pair(text, at + 1), pair(text, at + 3 + colon)]
    const minutes = hours * 60 + rest
    if (hours > 24 || rest > 59 || isDigitAt(text, at + 5 + colon)) return undefined
    return { minutes: code === 43 ? minutes : -minutes, end: at + 5 + colon, zoned: true }
  }
  if (code === SPACE) {
    const next = text.charCodeAt(at + 1)
    // A zone may follow, as in `13:53:20 +02:00`, `13:53:20 UTC`.
    if (next === 43 || next === DASH || next === 90 || next === 85 || next === 71) return undefined
  }
  return { minutes: 0, end: at, zoned: false }
}

const isWord = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95
