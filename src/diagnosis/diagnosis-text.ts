import { formatMs } from '../model/duration.ts'
import { harmless } from '../text/harmless.ts'
import { plural } from '../text/words.ts'
import type { IdleBounds, Weighed } from './cause.ts'
import { TROUBLE } from './client-summary.ts'
import { type DateWords, spreadWords } from './dates.ts'
import type { DiagnosedSubject, Diagnosis, Ranked } from './diagnose.ts'
import { numbers } from './log-facts.ts'
import type { OverallFinding } from './overall.ts'
import { spreadOf } from './tally.ts'

export const MOST_SUBJECTS = 15
const MOST_IDS = 6
export const MOST_CAUSES = 4

/** The diagnosis in words, the same for all sources. Pure. A client id may hold line breaks (in JSON, in a capture): it begins no line. */
export function diagnosisText(diagnosis: Diagnosis, date: DateWords): string {
  const { overall, subjects, notes } = diagnosis
  const blocks: readonly (readonly string[])[] = [
    ...overall.map(finding => overallText(finding, date)),
    ...subjects.slice(0, MOST_SUBJECTS).map(subject => subjectText(subject, date, overall)),
    ...(subjects.length > MOST_SUBJECTS
      ? [[`${plural(subjects.length - MOST_SUBJECTS, 'more client')} with trouble: --json has all, --client-id one.`]]
      : []),
    ...(overall.length === 0 && subjects.every(({ ranking }) => ranking.length === 0) ? [[noPattern(diagnosis)]] : []),
    ...rareText(diagnosis).map(line => [line]),
    ...notes.map(note => [`Note: ${note}`]),
  ]
  return `${blocks.map(lines => lines.map(harmless<string>).join('\n')).join('\n\n')}\n`
}

export function noPattern({ atLeast, observed, subjects }: Diagnosis): string {
  const ends = observed.clients.reduce((sum, { ends: each }) => sum + TROUBLE.reduce((n, how) => n + each[how], 0), 0)
  const untold = observed.clients.reduce((sum, { ends: each }) => sum + each.unknown, 0)
  if (ends === 0 && untold > 0)
    return `No pattern: of ${plural(untold, 'end')} the log does not tell whether the client left, was lost or was timed out, so there is nothing to advise. A capture tells: halfopen repro --from-pcap FILE`
  if (ends === 0) return 'No pattern: no client lost its connection. There is nothing to advise.'
  return subjects.length > 0
    ? 'No pattern: the ends go with no cause that halfopen knows, so there is nothing to advise. A longer log, or one with packets, may show more.'
    : `No pattern: nothing happened ${atLeast} times (--at-least), so there is nothing to advise.`
}

export function rareText({ rare, atLeast }: Diagnosis): readonly string[] {
  if (rare.length === 0) return []
  const named = rare
    .slice(0, MOST_IDS)
    .map(({ id, troubles, like }) => `${id} (${troubles}${like === undefined ? '' : `; if that goes on: ${like}`})`)
  return [
    `Too rare for a pattern (fewer than ${atLeast} each): ${named.join(', ')}${rare.length > MOST_IDS ? `, and ${rare.length - MOST_IDS} more` : ''}.`,
  ]
}

function overallText(finding: OverallFinding, date: DateWords): readonly string[] {
  const dates = finding.atMs.map(date)
  return [
    `Overall: ${finding.title}`,
    ...reasons(finding),
    ...(dates.length > 0
      ? [`  at: ${dates.slice(0, 6).join(', ')}${dates.length > 6 ? `, and ${dates.length - 6} more` : ''}`]
      : []),
    ...nextText([finding], false),
    ...finding.advice.map(line => `  to do: ${line}`),
  ]
}

const reasons = ({ pro, contra }: Weighed): string[] => [
  ...pro.map(line => `     for: ${line}`),
  ...contra.map(line => `     against: ${line}`),
]

function subjectText(
  subject: DiagnosedSubject,
  date: DateWords,
  overall: readonly OverallFinding[],
): readonly string[] {
  const { ranking, tied, ruledOut } = subject
  const [first] = ranking
  if (first?.cause === 'all-at-once' && tied === 1 && overall.some(({ cause }) => cause === first.cause))
    return [subjectWords(subject, date), `  ${endsText(subject)}`, `  1. ${first.title}: see above`]
  const shown = ranking.slice(0, Math.max(tied, MOST_CAUSES))
  return [
    subjectWords(subject, date),
    `  ${endsText(subject)}`,
    ...(ranking.length === 0 ? ['  no cause that halfopen knows goes with that'] : []),
    ...shown.flatMap((cause, index) => causeText(cause, index, tied, subject)),
    ...ruledOut.map(({ title, ruledOut: why }) => `  ruled out: ${title}: ${why}`),
    ...(ranking.length > 0 ? unknowns(subject) : []),
    ...nextText(shown.slice(0, tied), ranking.length > 1),
    ...shown
      .slice(0, 1)
      .flatMap(({ advice }) => advice.map(line => `  to do${tied > 1 ? ', where it is the first' : ''}: ${line}`)),
  ]
}

export function subjectWords({ ids, facts, pooled }: DiagnosedSubject, date: DateWords): string {
  const { clients, keepaliveS } = facts
  const sessions = clients.reduce((sum, { connects, records }) => sum + Math.max(connects, records.length), 0)
  const ips = [...new Set(clients.flatMap(each => [...each.ips.keys()]))]
  const from = Math.min(...clients.map(({ firstMs }) => firstMs))
  const to = Math.max(...clients.map(({ lastMs }) => lastMs))
  const names = ids.slice(0, MOST_IDS).join(', ')
  const who =
    ids.length === 1
      ? `Client ${names}${ips.length > 0 ? ` (${ips.slice(0, 3).join(', ')}${ips.length > 3 ? ', ...' : ''})` : ''}`
      : `${plural(ids.length, 'client')}${pooled ? ' with too few ends each, taken together' : ''} (${names}${ids.length > MOST_IDS ? ', ...' : ''})`
  const k = keepaliveS === undefined ? 'K not told' : keepaliveS === 0 ? 'K = 0 (off)' : `K = ${keepaliveS} s`
  return `${who}: ${plural(sessions, 'session')}, ${date(from)} to ${date(to)}, ${k}`
}

const HOW: Readonly<Record<string, string>> = {
  timeout: 'by keep-alive time-out of the broker',
  closed: 'by FIN or RST without DISCONNECT',
  fin: 'by FIN without DISCONNECT',
  rst: 'by RST',
  'taken-over': 'taken over by a new connection with its id',
  'ping-unanswered': "by the client's keep-alive time-out (no answer to its ping)",
  error: 'for what the client sent',
  disconnect: 'by DISCONNECT',
  broker: 'by the broker for a reason of its own',
  unknown: 'in a way that is not logged',
}

export function endsText({ facts }: DiagnosedSubject): string {
  const counts = Object.keys(HOW).flatMap(how => {
    const count = facts.clients.reduce((sum, { ends }) => sum + (ends[how as keyof typeof ends] ?? 0), 0)
    return count > 0 ? [`${count} ${HOW[how]}`] : []
  })
  const periods = numbers(facts.troubles, each => each.periodMs ?? each.endPeriodMs)
  const every = periods.length > 1 ? `; every ${spreadWords(spreadOf(periods))}` : ''
  return counts.length === 0 ? 'no end is logged' : `ended: ${counts.join(', ')}${every}`
}

/** How a cause stands to the first; empty for the one that is alone. */
export function rankWords(index: number, tied: number): string {
  if (index === 0) return tied > 1 ? 'first, with others that this log does not tell apart' : ''
  return index < tied ? "can't be told apart from the first by this log" : 'less likely'
}

function causeText(cause: Ranked, index: number, tied: number, subject: DiagnosedSubject): readonly string[] {
  const rank = rankWords(index, tied)
  return [
    `  ${index + 1}. ${cause.title}${rank === '' ? '' : ` - ${rank}`}`,
    ...(index < tied ? (cause.bounds ?? []) : []).map(bounds => `     ${boundsText(bounds, index, subject)}`),
    ...reasons(cause),
  ]
}

const BEHAVIOUR = {
  silent: 'nobody is told at expiry, and what comes after vanishes',
  'answers-rst': 'nobody is told at expiry, and what comes after is answered with RST (to the sender, or to both)',
  closes: 'both ends are told at expiry, by FIN (a proxy) or RST',
  'inbound-only': 'after it nothing gets in until the client speaks (scope: inbound-only, recreate: outbound)',
} as const

export function boundsText(
  { aboveMs, atMostMs, behaviour, like }: IdleBounds,
  index: number,
  { facts }: DiagnosedSubject,
): string {
  const above = aboveMs > 0 ? `above ${formatMs(aboveMs)} and ` : ''
  const likeness = like.length > 0 ? `. Like ${like.join(', ')}` : ''
  const play =
    index === 0 && like[0] !== undefined
      ? `: halfopen repro --middlebox ${like[0].split(' ')[0]} --keepalive ${facts.keepaliveS || 60}s`
      : ''
  return `T is ${above}at most ${formatMs(atMostMs)}: ${BEHAVIOUR[behaviour]}${likeness}${play}`
}

/** What the log does not show, and nothing was counted from. */
export function unknowns({ facts }: DiagnosedSubject): readonly string[] {
  const { troubles } = facts
  if (troubles.length === 0) return []
  const lines = [
    ...(troubles.some(({ logged }) => logged)
      ? []
      : [
          '  not in this log: packets, so times are counted from CONNECT and not from the last packet (a log with packets shows them)',
        ]),
    ...(troubles.every(({ fromMs }) => fromMs === undefined) ? ['  not in this log: when the connections began'] : []),
  ]
  return lines.slice(-1)
}

function nextText(causes: readonly Weighed[], apart: boolean): readonly string[] {
  const lines = [...new Set(causes.flatMap(({ next }) => next))].slice(0, 4)
  if (lines.length === 0) return []
  return [`  what would ${apart ? 'tell them apart' : 'prove it'}:`, ...lines.map(line => `     - ${line}`)]
}
