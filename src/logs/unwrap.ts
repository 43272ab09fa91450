import { type Stamp, stampAt } from './stamp.ts'

/** A line that is JSON: the text of the program inside, its date, and the object itself. */
export interface Unwrapped {
  readonly text?: string
  readonly stamp?: Stamp
  readonly value: Readonly<Record<string, unknown>>
}

/**
 * Supervisors that log objects: journald (systemd.journal-fields(7): MESSAGE, __REALTIME_TIMESTAMP in microseconds), Docker's
 * json-file driver (log, time), and loggers that put a text beside a date.
 */
export function unwrap(line: string): Unwrapped | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const object = value as Readonly<Record<string, unknown>>
  const text = textOf(object)
  const stamp = dateOf(object)
  return { value: object, ...(text === undefined ? {} : { text }), ...(stamp ? { stamp } : {}) }
}

function textOf({ MESSAGE, log, message, msg, line }: Readonly<Record<string, unknown>>): string | undefined {
  // journald writes bytes where the text is not UTF-8 or has colours in it.
  if (Array.isArray(MESSAGE)) return Buffer.from(MESSAGE.filter(byte => typeof byte === 'number')).toString('utf8')
  const found = [MESSAGE, log, message, msg, line].find(each => typeof each === 'string')
  return typeof found === 'string' ? found.trimEnd() : undefined
}

function dateOf(object: Readonly<Record<string, unknown>>): Stamp | undefined {
  const { _SOURCE_REALTIME_TIMESTAMP: own, __REALTIME_TIMESTAMP: realtime, time, timestamp, ts } = object
  for (const each of [own, realtime, time, timestamp, object['@timestamp'], ts]) {
    const stamp = typeof each === 'string' || typeof each === 'number' ? stampAt(String(each), 0) : undefined
    if (stamp) return stamp
  }
  return undefined
}
