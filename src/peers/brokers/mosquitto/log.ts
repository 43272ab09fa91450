import { type LogNews, news } from '../program/broker-program.ts'
import type { News } from '../watchers.ts'

/** All that is read as evidence. With `debug` (`all`) it would write a line for each packet, which costs a broker of many clients its time. */
export const LOG_TYPES: readonly string[] = ['error', 'warning', 'notice', 'information']

/** `1795340806: ` (default) or `2026-09-29T08:58:29+0000: ` (log_timestamp_format); absent in our own configuration. */
const TIMESTAMP = /^(?:\d+|\d{4}-\d\d-\d\dT[\d:]+[+-]\d{4}): /

/** The date of a line in whole seconds, as the broker's own clock has it; `undefined` where it has none. */
export function dateIn(line: string): number | undefined {
  const [, seconds] = /^(\d{9,11}): /.exec(line) ?? []
  return seconds === undefined ? undefined : Number(seconds)
}

/** The user's name stands behind the keep-alive, and is nobody's business. */
const CONNECTED = /^New client connected from \S+ as (.+) \((p\d, c\d, k\d+)(?:, u'(?:(?! \(p\d, c\d, k).)*')?\)\.$/
/** 2.0: src/loop.c do_disconnect. */
const TIMED_OUT_2_0 = /^Client (.+) has exceeded timeout, disconnecting\.$/
const CLOSED_2_0 =
  /^Client (\S+) (closed its connection|disconnected|disconnected due to .+|disconnected, .+|disconnected: .+)\.$/
/** 2.1 adds the address and gives every reason after `disconnected:`. */
const CLOSED_2_1 = /^Client (.+) \[\S+:\d+\] disconnected(?:: ((?:(?!\] disconnected).)+))?\.$/
const TAKEN_OVER = /^Client (.+?)(?: \[\S+:\d+\])? already connected, closing old connection\.$/
const BAD_SOCKET = /^Bad socket read\/write on client (.+?)(?: \[\S+:\d+\])?: ([\s\S]+)$/

/** Reasons that mean that the client broke the protocol or the connection failed under it. */
const FAILURE = /protocol error|malformed|oversize|not authorised|not allowed|out of memory|: /

/**
 * What a line of mosquitto 2.0 or 2.1 says of a client, in order; empty where it says nothing that counts.
 * It never throws: the log of a broker under fault is not to be trusted to be whole.
 */
export function parseLog(line: string): readonly LogNews[] {
  const text = line.replace(TIMESTAMP, '').trimEnd()
  const connected = CONNECTED.exec(text)
  if (connected) return news(connected[1], ['client-connected'], connected[2])
  const timedOut = TIMED_OUT_2_0.exec(text)
  if (timedOut) return news(timedOut[1], ['keepalive-timeout', 'client-closed'], 'exceeded timeout')
  return closed(text)
}

function closed(text: string): readonly LogNews[] {
  const modern = CLOSED_2_1.exec(text)
  if (modern?.[2] === 'exceeded timeout') return news(modern[1], ['keepalive-timeout', 'client-closed'], modern[2])
  if (modern) return news(modern[1], kinds(modern[2]), modern[2] ?? 'disconnected')
  const old = CLOSED_2_0.exec(text)
  if (old) return news(old[1], kinds(old[2]), old[2])
  const takenOver = TAKEN_OVER.exec(text)
  if (takenOver) return news(takenOver[1], ['client-closed'], 'taken over by a new connection')
  const bad = BAD_SOCKET.exec(text)
  return bad ? news(bad[1], ['error', 'client-closed'], bad[2]) : []
}

const kinds = (reason = ''): readonly News['what'][] =>
  FAILURE.test(reason) ? ['error', 'client-closed'] : ['client-closed']
