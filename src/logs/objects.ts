import { firstStamp } from './peel.ts'
import { type Stamp, stampAt } from './stamp.ts'

/** A line that is JSON: the text of the program inside, its date, and the object itself. */
interface Unwrapped {
  readonly text?: string
  readonly stamp?: Stamp
  readonly value: Readonly<Record<string, unknown>>
}

/**
 * Supervisors that log objects: journald (systemd.journal-fields(7): MESSAGE, __REALTIME_TIMESTAMP in microseconds), Docker's
 * json-file driver (log, time), loggers that put a text beside a date, and what stores export: GELF (short_message), Google Cloud Logging
 * (textPayload), Azure Monitor (LogEntry or LogMessage, TimeGenerated), Splunk (result._raw), Elasticsearch (_source.message), Datadog
 * (content.message).
 */
export function unwrap(line: string): Unwrapped | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (!isObject(value)) return undefined
  const text = foundIn(value, textOf)
  const stamp = foundIn(value, dateOf)
  return { value, ...(text === undefined ? {} : { text }), ...(stamp ? { stamp } : {}) }
}

type Values = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** In which member an export keeps the line and its date, where they are not the object's own. */
const INNER = ['_source', 'content', 'jsonPayload', 'result', 'event', 'fields', 'attributes', 'body']

/** Of the object itself, or of one that it holds. */
function foundIn<T>(object: Values, find: (object: Values) => T | undefined): T | undefined {
  const own = find(object)
  if (own !== undefined) return own
  for (const name of INNER) {
    const inner = object[name]
    const found = isObject(inner) ? find(inner) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

const TEXTS = [
  'MESSAGE',
  'log',
  'message',
  'msg',
  'line',
  'textPayload',
  'short_message',
  'LogEntry',
  'LogMessage',
  'Log',
]
const MORE_TEXTS = ['Message', '_raw', 'body']

function textOf(object: Values): string | undefined {
  const { MESSAGE } = object
  // journald writes bytes where the text is not UTF-8 or has colours in it.
  if (Array.isArray(MESSAGE)) return Buffer.from(MESSAGE.filter(byte => typeof byte === 'number')).toString('utf8')
  const name = [...TEXTS, ...MORE_TEXTS].find(each => typeof object[each] === 'string')
  return name === undefined ? undefined : String(object[name]).trimEnd()
}

const DATES = ['_SOURCE_REALTIME_TIMESTAMP', '__REALTIME_TIMESTAMP', 'time', 'timestamp', '@timestamp', 'ts']
const MORE_DATES = ['date', '_time', 'TimeGenerated', 'TimeGenerated [UTC]', 'TimeStamp', 'Timestamp', 'datetime']

function dateOf(object: Values): Stamp | undefined {
  for (const name of [...DATES, ...MORE_DATES]) {
    const each = object[name]
    const stamp = typeof each === 'string' || typeof each === 'number' ? stampAt(String(each), 0) : undefined
    if (stamp) return stamp
  }
  return undefined
}

/**
 * An object behind something else on its line: `docker logs -t` of a program that logs objects, `aws logs tail`, a topic of mosquitto_sub -v,
 * or a cell of a table, where quotes are doubled.
 */
export function objectBehind(text: string): Unwrapped | undefined {
  const open = text.indexOf('{')
  const close = text.lastIndexOf('}')
  if (open < 0 || close < text.length - 3) return undefined
  const body = text.slice(open, close + 1)
  const found = unwrap(body) ?? (body.includes('""') ? unwrap(body.replaceAll('""', '"')) : undefined)
  if (!found) return undefined
  const stamp = found.stamp ?? firstStamp(text.slice(0, open))
  return { ...found, ...(stamp ? { stamp } : {}) }
}

const MOST_LINES = 200
const MOST_SIGNS = 1 << 16

/** Objects that are written over several lines, also inside of a list: `jq .`, a page of CloudWatch, `aws ... > file`. */
export class ObjectGatherer {
  #lines: string[] = []
  #signs = 0
  #depth = 0

  /** The object, once its last line came; `true`: the line is part of one; `undefined`: it has nothing to do with one. */
  take(line: string): string | true | undefined {
    const text = line.trim()
    // The innermost one that begins on a line of its own.
    if (text === '{' || text === '[{' || text === '[ {') {
      this.#lines = ['{']
      this.#signs = 1
      this.#depth = 1
      return true
    }
    if (this.#depth === 0) return /^[[\]{},\s]+$/.test(text) ? true : undefined
    if (/^[\]}]/.test(text)) this.#depth--
    if (/[[{]$/.test(text)) this.#depth++
    this.#lines.push(this.#depth === 0 ? '}' : text)
    this.#signs += text.length
    if (this.#depth > 0 && this.#lines.length < MOST_LINES && this.#signs < MOST_SIGNS) return true
    const whole = this.#depth === 0 ? this.#lines.join('\n') : true
    this.#lines = []
    this.#depth = 0
    return whole
  }
}

/** Objects in a list that stands on one line. */
export function listOf(text: string): readonly string[] | undefined {
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) ? list.map(each => JSON.stringify(each)) : undefined
  } catch {
    return undefined
  }
}
