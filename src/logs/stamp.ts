/**
 * The dates that logs carry, wherever they stand in a line. A form is one row; each is tried at one place only, so a line
 * costs a few attempts. Sources: mosquitto.conf(5) log_timestamp_format (strftime), RFC 3164 and RFC 5424 (syslog),
 * systemd journalctl(1) -o short, short-iso, short-full, short-unix, short-monotonic, RFC 3339 (docker, kubectl), Go's log
 * package (2009/01/23 01:23:23), Apache's common log format, ESP-IDF esp_log.h (`I (12345) TAG: `).
 */
import { monthOf } from './months.ts'
import { COLON, quickIso } from './quick-iso.ts'

/** A date in a line. */
export interface Stamp {
  /** Milliseconds since 1970 UTC; of `day` since midnight, of `uptime` since the start of a device. */
  readonly atMs: number
  readonly kind: 'full' | 'year-less' | 'day' | 'uptime'
  /** The date has no zone, so that it may go back by an hour in autumn. */
  readonly local: boolean
  /** 1000 for whole seconds, less where the line has a fraction. */
  readonly resolutionMs: number
  /** Where the text behind it begins. */
  readonly end: number
}

type Form = (text: string, at: number) => Stamp | undefined

const WEEKDAY = /(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? /y

const ISO =
  /(\d{4})[-/.](\d\d)[-/.](\d\d)(?:[T _-]|, )(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?: ?(Z\b|UTC\b|GMT\b|[+-]\d\d(?::?\d\d)?(?!\d)))?/y
const CIVIL =
  /(\d{1,2})([./-])(\d{1,2})[./-](\d{4}),? (\d{1,2}):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?: ?([AaPp])\.?[Mm]\b)?/y
const SYSLOG =
  /(\p{L}{3,10}\.?|\d{1,2}月) +(\d{1,2})(?:\.|日)? (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?: (?:[A-Z]{3,4} )?(\d{4})(?![\d.]))?/uy
// java.util.logging in the languages that put the month first: `Apr 22, 2016 1:57:49 PM`.
const MONTH_FIRST = /(\p{L}{3,10}\.?) (\d{1,2}), (\d{4}),? (\d{1,2}):(\d\d):(\d\d)(?: ?([AaPp])\.?[Mm]\b)?/uy
// Node-RED: `26 Dec 15:46:54`; RFC 5322: `26 Dec 2024 15:46:54`.
const DAY_FIRST = /(\d{1,2})\.? (\p{L}{3,10}\.?) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?/uy
// Android's logcat.
const LOGCAT = /(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{3})(?!\d)/y
const COMMON = /(\d\d)\/([A-Z][a-z][a-z])\/(\d{4}):(\d\d):(\d\d):(\d\d)(?: ([+-]\d{4}))?/y
// `12:13:53:20` is line 12 of grep -n, at 13:53:20.
const OF_DAY = /(\d{1,2}):(\d\d):(\d\d)(?!:\d)(?:[.,](\d{1,9}))?(?: ?([AaPp])\.?[Mm]\b)?/y
const EPOCH = /(\d{9,19})(?:\.(\d{1,9}))?(?![\dA-Za-z.])/y
// Paho C's src/Log.c: `20240601 214003.123 `; ISO 8601's basic form, `20240601T214003Z`; log4j's and strftime's `20240601-214003`.
const PACKED =
  /((?:19|20)\d\d)(\d\d)(\d\d)[ T_-]?(\d\d):?(\d\d):?(\d\d)(?:[.,](\d{1,9}))?(?:(Z)\b|([+-]\d\d:?\d\d))?(?!\d)/y
const MONOTONIC = /\[ *(\d+)\.(\d{3,6})\]/y
const ESP_LOG = /[EWIDV] \((\d{1,10})\) (?=[\w-]+: )/y

function at(pattern: RegExp, text: string, from: number): RegExpExecArray | null {
  pattern.lastIndex = from
  return pattern.exec(text)
}

const fraction = (digits: string | undefined): number => (digits === undefined ? 0 : Number(`0.${digits}`) * 1000)
const resolution = (digits: string | undefined): number => (digits === undefined ? 1000 : digits.length < 3 ? 100 : 1)

/** Minutes east of UTC; a log that says none is taken for UTC, since only differences count. */
function zoneMinutes(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z' || zone === 'UTC' || zone === 'GMT') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3).replace(':', '') || 0)
  return zone.startsWith('-') ? -minutes : minutes
}

function utc(year: number, month: number, day: number, h: number, m: number, s: number): number | undefined {
  if (month < 1 || month > 12 || day < 1 || day > 31 || h > 24 || m > 59 || s > 60) return undefined
  return Date.UTC(year, month - 1, day, h, m, s)
}

const hourOf = (hour: string, half: string | undefined): number =>
  half === undefined ? Number(hour) : (Number(hour) % 12) + (half.toLowerCase() === 'p' ? 12 : 0)

function full(
  found: RegExpExecArray,
  start: number,
  ms: number | undefined,
  digits?: string,
  kind: Stamp['kind'] = 'full',
) {
  if (ms === undefined) return undefined
  return {
    atMs: ms + fraction(digits),
    kind,
    resolutionMs: resolution(digits),
    end: start + found[0].length,
    local: false,
  }
}

const iso: Form = (text, from) => {
  const quick = quickIso(text, from)
  if (quick)
    return { atMs: quick.atMs, kind: 'full', resolutionMs: quick.resolutionMs, end: quick.end, local: !quick.zoned }
  const found = at(ISO, text, from)
  if (!found) return undefined
  const [, y, mo, d, h, mi, s, digits, zone] = found
  const ms = utc(Number(y), Number(mo), Number(d), Number(h), Number(mi), Number(s))
  const stamp = full(found, from, ms === undefined ? ms : ms - zoneMinutes(zone) * 60_000, digits)
  return stamp && { ...stamp, local: zone === undefined }
}

/** `1.6.2024 13:53:20`, `06/01/2024, 1:53:20 PM`; with slashes the month stands first, unless it can't be one. */
const civil: Form = (text, from) => {
  const found = at(CIVIL, text, from)
  if (!found) return undefined
  const [, first = '', mark, second = '', y, h = '', mi, s, digits, half] = found
  const dayFirst = mark !== '/' || Number(first) > 12
  const [day, month] = dayFirst ? [first, second] : [second, first]
  return full(found, from, utc(Number(y), Number(month), Number(day), hourOf(h, half), Number(mi), Number(s)), digits)
}

/** A year that has a 29th of February stands for one that is not told. */
const YEAR_LESS = 2000

const syslog: Form = (text, from) => {
  const found = at(SYSLOG, text, from)
  if (!found) return undefined
  const [, month = '', d, h, mi, s, digits, y] = found
  const ms = utc(Number(y ?? YEAR_LESS), monthOf(month), Number(d), Number(h), Number(mi), Number(s))
  return full(found, from, ms, digits, y === undefined ? 'year-less' : 'full')
}

const monthFirst: Form = (text, from) => {
  const found = at(MONTH_FIRST, text, from)
  if (!found) return undefined
  const [, month = '', d, y, h = '', mi, s, half] = found
  return full(found, from, utc(Number(y), monthOf(month), Number(d), hourOf(h, half), Number(mi), Number(s)))
}

const dayFirst: Form = (text, from) => {
  const found = at(DAY_FIRST, text, from)
  if (!found) return undefined
  const [, d, month = '', y, h, mi, s, digits] = found
  const ms = utc(Number(y ?? YEAR_LESS), monthOf(month), Number(d), Number(h), Number(mi), Number(s))
  return full(found, from, ms, digits, y === undefined ? 'year-less' : 'full')
}

const logcat: Form = (text, from) => {
  const found = at(LOGCAT, text, from)
  if (!found) return undefined
  const [, month, d, h, mi, s, digits] = found
  const ms = utc(YEAR_LESS, Number(month), Number(d), Number(h), Number(mi), Number(s))
  return full(found, from, ms, digits, 'year-less')
}

const common: Form = (text, from) => {
  const found = at(COMMON, text, from)
  if (!found) return undefined
  const [, d, month = '', y, h, mi, s, zone] = found
  const ms = utc(Number(y), monthOf(month), Number(d), Number(h), Number(mi), Number(s))
  return full(found, from, ms === undefined ? ms : ms - zoneMinutes(zone) * 60_000)
}

const ofDay: Form = (text, from) => {
  const found = at(OF_DAY, text, from)
  if (!found) return undefined
  const [, h = '', mi, s, digits, half] = found
  return full(found, from, utc(1970, 1, 1, hourOf(h, half), Number(mi), Number(s)), digits, 'day')
}

/** Seconds, milliseconds, microseconds or nanoseconds, told by their length. */
const epoch: Form = (text, from) => {
  const found = at(EPOCH, text, from)
  if (!found) return undefined
  const [whole, digits = '', part] = found
  const scale = { 9: 1000, 10: 1000, 11: 1000, 13: 1, 16: 1e-3, 19: 1e-6 }[digits.length]
  if (scale === undefined) return undefined
  const fine = scale < 1000 ? 1 : resolution(part)
  return {
    atMs: Number(digits) * scale + fraction(part),
    kind: 'full',
    resolutionMs: fine,
    end: from + whole.length,
    local: false,
  }
}

const packed: Form = (text, from) => {
  const found = at(PACKED, text, from)
  if (!found) return undefined
  const [, y, mo, d, h, mi, s, digits, zulu, zone] = found
  const ms = utc(Number(y), Number(mo), Number(d), Number(h), Number(mi), Number(s))
  const stamp = full(found, from, ms === undefined ? ms : ms - zoneMinutes(zone) * 60_000, digits)
  return stamp && { ...stamp, local: zulu === undefined && zone === undefined }
}

const monotonic: Form = (text, from) => {
  const found = at(MONOTONIC, text, from)
  if (!found) return undefined
  return {
    atMs: Number(found[1]) * 1000 + fraction(found[2]),
    kind: 'uptime',
    resolutionMs: 1,
    end: from + found[0].length,
    local: false,
  }
}

const espLog: Form = (text, from) => {
  const found = at(ESP_LOG, text, from)
  return found
    ? { atMs: Number(found[1]), kind: 'uptime', resolutionMs: 1, end: from + found[0].length, local: false }
    : undefined
}

/** In the order in which they are tried: what a shorter form would take for a part of a longer one stands behind it. */
const DIGIT_FORMS: readonly Form[] = [iso, civil, common, epoch, packed, ofDay, dayFirst, logcat, syslog]

const DIGIT_0 = 48
const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** `1717200000: `, the commonest of all, without a pattern. */
function plainEpoch(text: string, from: number): Stamp | undefined {
  let seconds = 0
  for (let at = from; at < from + 10; at++) {
    const code = text.charCodeAt(at)
    if (!isDigit(code)) return undefined
    seconds = seconds * 10 + code - DIGIT_0
  }
  return { atMs: seconds * 1000, kind: 'full', resolutionMs: 1000, end: from + 10, local: false }
}

/** The date that begins at a place of a line, if any does. */
export function stampAt(text: string, from: number): Stamp | undefined {
  const code = text.charCodeAt(from)
  if (isDigit(code)) {
    const plain = text.charCodeAt(from + 10) === COLON ? plainEpoch(text, from) : undefined
    if (plain) return plain
    for (const form of DIGIT_FORMS) {
      const stamp = form(text, from)
      if (stamp) return stamp
    }
    return undefined
  }
  if (code === 91) return monotonic(text, from)
  if (code < 65 || (code > 90 && code < 97) || (code > 122 && code < 192)) return undefined
  WEEKDAY.lastIndex = from
  const weekday = WEEKDAY.exec(text)
  const start = from + (weekday?.[0].length ?? 0)
  return (
    syslog(text, start) ??
    monthFirst(text, start) ??
    (weekday ? (iso(text, start) ?? civil(text, start) ?? dayFirst(text, start)) : espLog(text, start))
  )
}
