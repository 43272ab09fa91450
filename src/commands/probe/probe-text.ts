import { middleboxes } from '../../faults/middleboxes/index.ts'
import { ageBoxes } from '../../faults/middleboxes/middlebox.ts'
import { type Likeness, likeBoxes } from '../../faults/middleboxes/middlebox-words.ts'
import { formatMs } from '../../model/duration.ts'
import { largestKeepaliveS, safeKeepaliveS } from '../../timing/safe-interval.ts'
import type { BusyFindings } from './busy.ts'
import type { Findings, TimeoutBounds } from './findings.ts'
import type { Observation, Silent } from './observation.ts'

export interface Report {
  readonly target: string
  readonly findings: Findings
  /** What the findings rest on. */
  readonly observations: readonly Observation[]
  /** The longest silence that was asked for. */
  readonly longestMs: number
  /** In force on the probed connections. */
  readonly keepaliveS: number
  readonly connections: number
  readonly tookMs: number
  /** Why it is not the whole answer. */
  readonly partial: string | undefined
  /** Ways of asking that could not be used, and why. */
  readonly skipped: readonly string[]
  /** Version, cipher and certificate; absent without TLS. */
  readonly tls?: string
}

/** The answer of a probe. */
export function reportText(report: Report): string {
  const { target, findings, connections, tookMs, partial, skipped, keepaliveS } = report
  const lines = [
    `${target}: ${connections} connections, ${formatMs(Math.round(tookMs / 100) * 100)}, keep-alive ${keepaliveS === 0 ? 'off' : `${keepaliveS} s${keepaliveS < 65_535 ? ' (the broker takes no longer one)' : ''}`}`,
    ...(report.tls === undefined ? [] : [report.tls]),
    ...(partial === undefined ? [] : [`partial: ${partial}`]),
    '',
    ...answer(report),
    '',
    ...(['client', 'broker', 'tcp'] as const).map(
      variant => `  ${LEADS[variant]}  ${boundsText(findings.byVariant[variant])}`,
    ),
    ...skipped.map(text => `  not asked: ${text}`),
    ...(findings.contradicts && !findings.pool && !findings.maxAge
      ? [
          '',
          'Longer silences lived where shorter ones died: a pool of different boxes, or a path that changed. Try again.',
        ]
      : []),
  ]
  return `${lines.join('\n')}\n`
}

export const LEADS: Readonly<Record<Silent, string>> = {
  client: 'the client speaks first:  ',
  broker: 'the broker speaks first:  ',
  tcp: 'with TCP keep-alive:      ',
}

export function boundsText({ aliveMs, deadMs, dead }: TimeoutBounds): string {
  if (!dead) return aliveMs === 0 ? 'nothing known' : `none up to ${formatMs(aliveMs)}`
  // One that was ended shows when; an end that was asked for lies anywhere after the longest that lived.
  const { outcome } = dead
  if (outcome.what === 'ended') return `died at ${formatMs(Math.round(outcome.afterMs))}: ${how(dead)}`
  return `${aliveMs === 0 ? 'died at' : `lived ${formatMs(aliveMs)}, died at`} ${formatMs(Math.round(deadMs))}: ${how(dead)}`
}

export function how({ variant, outcome }: Observation): string {
  switch (outcome.what) {
    case 'ended':
      return `${outcome.how.toUpperCase()} at that moment`
    case 'refused':
      return `${outcome.how.toUpperCase()} to who spoke`
    case 'silent':
      if (variant === 'broker')
        return outcome.heals ? 'not delivered, until the client spoke too' : 'not delivered, silently'
      return 'no answer, silently'
    default:
      return ''
  }
}

export function answer(report: Report): readonly string[] {
  const { findings, longestMs, keepaliveS } = report
  const { aliveMs, deadMs, dead, byBroker } = findings
  if (!dead) {
    if (aliveMs === 0) return ['Nothing is known yet.']
    const safeS = safeKeepaliveS(aliveMs)
    return [
      `No idle time-out: none up to ${formatMs(aliveMs)}.`,
      // A keep-alive is whole seconds, and 0 is none at all.
      ...(aliveMs < longestMs || safeS === 0 ? [] : [`A keep-alive up to ${safeS} s is safe by what was seen.`]),
    ]
  }
  if (byBroker)
    return [
      `The broker itself ended the connections, after ${formatMs(Math.round(deadMs))}: it enforces 1.5 times a keep-alive of ${keepaliveS} s.`,
      `The path has no idle time-out up to that; beyond it this broker does not let it be seen.`,
    ]
  if (findings.maxAge) return cutByAge(findings.maxAge)
  return [
    `Idle time-out T: ${range(aliveMs, deadMs)}. ${behaviour(findings)}`,
    ...poolWords(findings.pool),
    ...oneWayWords(findings.refreshedBy),
    ...tcpWords(findings),
    ...presetWords(findings),
    ...safeWords(aliveMs, deadMs),
  ]
}

function range(aliveMs: number, deadMs: number): string {
  if (aliveMs === 0) return `at most ${formatMs(deadMs)}`
  const [from, to] = [formatMs(Math.round(aliveMs)), formatMs(Math.round(deadMs))]
  return from === to ? from : `between ${from} and ${to}`
}

function behaviour({ byVariant: { client, broker }, dead }: Findings): string {
  const { outcome } = dead ?? {}
  if (outcome?.what === 'ended')
    return `At expiry: ${outcome.how.toUpperCase()} (${outcome.how === 'fin' ? 'a proxy, or the broker' : 'a firewall that tells both'}).`
  const [inside, outside] = [client.dead?.outcome, broker.dead?.outcome]
  if (!inside && outside) return 'At expiry: silent; the broker can reach the client no more, until the client speaks.'
  if (inside?.what === 'refused')
    return `At expiry: silent; what the client sends then is answered with ${inside.how.toUpperCase()}.`
  return 'At expiry: silent; what is sent then vanishes.'
}

function tcpWords({ tcpKeepsAlive }: Findings): readonly string[] {
  if (tcpKeepsAlive === undefined) return []
  return [
    tcpKeepsAlive
      ? 'TCP keep-alive keeps it open: a box that works on packets.'
      : 'TCP keep-alive does not keep it open: a proxy, or a relay, that ends TCP itself.',
  ]
}

function presetWords(findings: Findings): readonly string[] {
  const boxes = likeBoxes(middleboxes.values(), likeness(findings))
  return boxes.length === 0
    ? ['No preset comes with such a time-out; its owner chose it.']
    : [
        `As ${boxes
          .slice(0, MOST_NAMED)
          .map(({ name, summary }) => `${name} (${summary})`)
          .join('; ')} ${boxes.length === 1 ? 'does' : 'do'} by default.`,
      ]
}

const MOST_NAMED = 3

function likeness({ aliveMs, deadMs, byVariant: { client, broker } }: Findings): Likeness {
  const range = { aliveMs, deadMs }
  const [inside, outside] = [client.dead?.outcome, broker.dead?.outcome]
  const ended = [inside, outside].find(outcome => outcome?.what === 'ended')
  if (ended?.what === 'ended') return { ...range, onExpiry: ended.how === 'fin' ? 'fin-both' : 'rst-both' }
  if (!inside) return { ...range, onExpiry: 'silent', inside: 'pass' }
  return { ...range, onExpiry: 'silent', inside: inside.what === 'refused' ? 'rst' : 'drop' }
}

function safeWords(aliveMs: number, deadMs: number): readonly string[] {
  const safeS = safeKeepaliveS(aliveMs)
  if (safeS < 1) return [`No keep-alive in whole seconds was seen to be safe.`]
  return [
    `Largest safe keep-alive: ${safeS} s (2/3 T); from ${largestKeepaliveS(deadMs) + 1} s on every silence is cut.`,
  ]
}

/** The answer where connections are ended at an age. */
function cutByAge({ ageMs, times, how }: NonNullable<BusyFindings['maxAge']>): readonly string[] {
  const rounded = formatMs(Math.round(ageMs))
  const end = how === 'silent' ? 'silently' : `with ${how.toUpperCase()}`
  return [
    `Maximum age: each connection is ended at an age of ${rounded}, ${end}, however busy it is: the busy connection beside the silent ones too, ${times === 1 ? 'once' : `${times} times`}.`,
    'This is not an idle time-out, and no keep-alive is safe from it: a client has to connect again, and to keep its session where no message may be lost.',
    ...(times === 1
      ? ['It was seen once only; a restart of the broker or of a box at that moment would look the same. Try again.']
      : []),
    ...ageLikeness(ageMs),
  ]
}

/** A tenth more or less. */
function ageLikeness(ageMs: number): readonly string[] {
  const boxes = [...ageBoxes.values(), ...middleboxes.values()].filter(
    ({ maxAgeMs }) => maxAgeMs !== undefined && Math.abs(maxAgeMs - ageMs) <= 0.1 * maxAgeMs,
  )
  if (boxes.length === 0) return []
  return [
    `As ${boxes.map(({ name, summary }) => `${name} (${summary})`).join('; ')} ${boxes.length === 1 ? 'does' : 'do'} by default.`,
  ]
}

/** Two boxes of a pool, or a clock of each connection's own. */
function poolWords(pool: BusyFindings['pool']): readonly string[] {
  if (!pool) return []
  return [
    `A pool of boxes answers, or each connection has a time-out of its own: some died after ${formatMs(Math.round(pool.fromMs))} of silence, others lived through ${formatMs(Math.round(pool.toMs))}. The shortest counts.`,
  ]
}

/** Whose bytes keep a connection alive there. */
function oneWayWords(refreshedBy: BusyFindings['refreshedBy']): readonly string[] {
  switch (refreshedBy) {
    case 'both':
      return ['Kept alive by what either side says.']
    case 'out':
      return ['Kept alive by what the client says only: a connection to which the broker spoke all the time died too.']
    case 'in':
      return [
        'Kept alive by what the broker says only: a connection on which the client spoke all the time died too (answers to its pings count).',
      ]
    case 'each':
      return [
        'Each direction has a time-out of its own: a connection on which one side only spoke died too (a ping and its answer keep both).',
      ]
    default:
      return []
  }
}
