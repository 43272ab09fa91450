import type { EndHow, LogEvent, SeenBy } from './log-event.ts'

/** What a line says, before it is dated. */
export interface Told {
  /** Filled in by the reader. */
  atMs?: number
  line?: number
  seenBy?: SeenBy
  what: LogEvent['what']
  client?: string
  address?: string
  keepaliveS?: number
  webSocket?: boolean
  late?: boolean
  flow?: 'up' | 'down'
  cmd?: string
  qos?: number | undefined
  mid?: number | undefined
  how?: EndHow
  reason?: string
  /** Milliseconds since 1970, where the text itself dates better than what stands before it. */
  ownMs?: number
}

/** The words of one program. A plug-in: one file, and one row in index.ts. */
export interface Dialect {
  readonly name: string
  /** As a reader knows it: `Mosquitto`, `EMQX 5`. */
  readonly title: string
  readonly seenBy: SeenBy
  /** The program names its clients; where it does not, all lines are of one, which is called this. */
  readonly oneClient?: string
  /**
   * What a line says, without what stands before it: `undefined` where it is none of this program's; nothing in the list
   * where it is, and says nothing of a connection. It never throws.
   */
  read(text: string): readonly Told[] | undefined
  /** The same for a line that is an object of JSON as a whole. */
  readJson?(value: Readonly<Record<string, unknown>>): readonly Told[] | undefined
  /** A reader of its own for one log, where lines only make sense together. */
  fresh?(): Pick<Dialect, 'read' | 'readJson'>
  /** Whether a line that `read` does not take is one of this program's all the same, and of no other's. */
  looksLike(text: string): boolean
  /** The same where lines of this program were found before: what others may write as well. */
  besides?(text: string): boolean
  /** How it is made to date its lines, as an advice. Absent: it always does, or nothing is known. */
  readonly dates?: string
  /** How it is made to log packets. Absent: it can't. */
  readonly packets?: string
}

/** It is one of ours, and says nothing of a connection. */
export const NOTHING: readonly Told[] = []

/** One packet. All events of packets have one shape, which is what makes ten million of them bearable. */
export const packet = (flow: 'up' | 'down', cmd: string, client: string, qos?: number, mid?: number): Told => ({
  atMs: 0,
  line: 0,
  seenBy: 'broker',
  what: 'packet',
  client,
  flow,
  cmd,
  qos,
  mid,
})

export const ended = (client: string | undefined, how: EndHow, reason: string, address?: string): Told => ({
  what: 'end',
  how,
  reason,
  ...(client === undefined ? {} : { client }),
  ...(address === undefined ? {} : { address }),
})

/** What stands between the first `start` and the next `end`; `undefined` where one of them is not there. */
export function between(text: string, start: string, end: string): string | undefined {
  const from = text.indexOf(start)
  const to = from < 0 ? -1 : text.indexOf(end, from + start.length)
  return to < 0 ? undefined : text.slice(from + start.length, to)
}

/** An address of IPv4 or IPv6 and nothing else: what brokers call a connection that has no client id yet. */
export const isAddress = (text: string): boolean =>
  /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?:\d{1,3}(?:\.\d{1,3}){3})?)$/.test(text)

/** An address without its port, which is another each time. */
export const hostOf = (address: string): string => address.slice(0, Math.max(0, address.lastIndexOf(':'))) || address

/** What a text of the system says of how a connection broke (strerror, POSIX atoms of Erlang, Java's IOException). */
/** What a word that a program gives for an end says; `table` has the program's own, as they stand in its source. */
export const howIn = (table: Readonly<Record<string, EndHow>>, reason: string): EndHow => table[reason] ?? howOf(reason)

export function howOf(reason: string): EndHow {
  const text = reason.toLowerCase()
  if (/keep.?alive|exceeded timeout|idle for too long|pingresp|ping response|ping timeout/.test(text)) return 'timeout'
  if (/reset|econnreset/.test(text)) return 'rst'
  if (/taken.?over|takenover|take.?over|duplicate.?(?:client|id|login)|discarded|another client connected/.test(text))
    return 'taken-over'
  if (/protocol|malformed|oversize|not allowed|frame_too_large|frame_error|packet.?too.?large/.test(text))
    return 'error'
  if (/administrat|kick|shutdown|server.?shut|quota|maintenance|not.?authori[sz]ed|auth|forbidden/.test(text))
    return 'broker'
  return 'closed'
}
