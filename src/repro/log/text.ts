import { safeKeepaliveS } from '../../advise/rule.ts'
import { middleboxes } from '../../middleboxes/index.ts'
import { type Likeness, likeBoxes } from '../../middleboxes/nearest.ts'
import { formatMs } from '../../model/duration.ts'
import type { Findings, Pattern, Spread } from './pattern.ts'
import type { ReadLog } from './sessions.ts'

/** What a log says of the path, and how to play it. */
export function logText({ sessions, hasPackets }: ReadLog, findings: Findings): string {
  const clients = new Set(sessions.map(({ clientId }) => clientId)).size
  const lines = [
    `${count(sessions.length, 'session')} of ${count(clients, 'client')}${hasPackets ? '' : '; packets are not logged (log_type all), so silences can only be guessed'}`,
    ...(findings.flapping ? [flapping(findings.flapping)] : []),
    ...findings.patterns.flatMap(pattern => ['', ...patternLines(pattern)]),
    ...(findings.patterns.length === 0
      ? ['', 'No pattern of a middlebox: no end of a session repeats at a fixed distance from its last packet.']
      : []),
  ]
  return `${lines.join('\n')}\n`
}

const flapping = ({ count: n, ...spread }: Spread & { readonly count: number }): string =>
  `Clients come back ${count(n, 'time')}, every ${spreadText(spread)}.`

function patternLines(pattern: Pattern): readonly string[] {
  const { aboveMs, atMostMs } = pattern
  const known = aboveMs > 0 ? `longer than ${formatMs(aboveMs)}, which was survived, and at most` : 'at most'
  const boxes = likeBoxes(middleboxes.values(), likeness(pattern)).slice(0, MOST_NAMED)
  const [nearest] = boxes
  const safeS = aboveMs > 0 ? safeKeepaliveS(aboveMs) : 0
  return [
    `${count(pattern.count, 'time')}: ${words(pattern)}`,
    `  So the idle time-out T is ${known} ${formatMs(atMostMs)}. ${BEHAVIOUR[pattern.cause]}`,
    `  fault: { idle-cut: { after: ${atMostMs / 1000}s${OPTIONS[pattern.cause]} } }`,
    ...(nearest
      ? [
          `  Like ${boxes.map(({ name, afterMs }) => `${name} (${formatMs(afterMs)})`).join(', ')}: halfopen repro --middlebox ${nearest.name} --keepalive ${pattern.keepaliveS}s`,
        ]
      : []),
    safeS > 0
      ? `  A keep-alive of ${safeS} s is safe by what was survived; halfopen probe tells T itself.`
      : `  Nothing shorter was survived that would say what is safe; halfopen probe tells T itself.`,
  ]
}

const MOST_NAMED = 4

function words({ cause, silence, keepaliveS }: Pattern): string {
  const after = spreadText(silence)
  switch (cause) {
    case 'timeout':
      return `the broker timed the client out, ${after} after its last packet (K = ${keepaliveS} s, 1.5K = ${1.5 * keepaliveS} s): the ping that was due after K never came`
    case 'expiry':
      return `the connection ended by FIN or RST, without a DISCONNECT, after ${after} of silence`
    case 'answered':
      return `the connection ended just as the broker spoke, after ${after} of silence`
    case 'taken-over':
      return `the client came back while the broker still had its old connection, ${after} after its last packet (K = ${keepaliveS} s)`
  }
}

const BEHAVIOUR = {
  timeout: 'Nobody is told at expiry, and what comes after is dropped.',
  expiry: 'Both ends are told at expiry: a proxy (FIN), or a firewall that resets (RST).',
  answered: 'Nobody is told at expiry; what comes after is answered with RST.',
  'taken-over': 'Nobody is told at expiry; the client learned first, from an RST or by giving up.',
} as const

const OPTIONS = {
  timeout: '',
  expiry: ', on_expiry: fin-both',
  answered: ', on_next: rst-sender',
  'taken-over': ', on_next: rst-sender',
} as const

function likeness({ cause, aboveMs, atMostMs }: Pattern): Likeness {
  const range = { aliveMs: aboveMs, deadMs: atMostMs }
  if (cause === 'expiry') return { ...range, aliveMs: Math.max(aboveMs, atMostMs * 0.95) }
  if (cause === 'timeout') return { ...range, onExpiry: 'silent', inside: 'drop' }
  return {
    ...range,
    onExpiry: 'silent',
    ...(cause === 'answered' ? { outside: 'rst' as const } : { inside: 'rst' as const }),
  }
}

function spreadText({ leastMs, medianMs, mostMs }: Spread): string {
  return mostMs - leastMs <= 1000
    ? formatMs(medianMs)
    : `${formatMs(medianMs)} (${formatMs(leastMs)} to ${formatMs(mostMs)})`
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`
