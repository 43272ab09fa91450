import type { ReadReport } from '../logs/reader.ts'
import type { IdleBounds, Weighed } from './cause.ts'
import type { DiagnosedSubject, Diagnosis } from './diagnose.ts'
import { livesOf, numbers } from './log-facts.ts'
import type { Reproduction } from './reproduction.ts'
import { spreadOf } from './tally.ts'

const iso = (atMs: number): string | null => (Number.isFinite(atMs) ? new Date(atMs).toISOString() : null)

/** The diagnosis as plain data. Lengths are in milliseconds, dates in ISO 8601. */
export function diagnosisJson(diagnosis: Diagnosis, log: ReadReport, scenario: Reproduction | undefined): object {
  const { observed, overall, subjects, rare, notes } = diagnosis
  return {
    halfopen: 1,
    log: {
      lines: log.lines,
      understood: log.understood,
      undated: log.undated,
      programs: log.programs,
      not_understood: log.stranger ?? null,
      looks_like: log.looksLike,
      resolution_ms: log.resolutionMs,
      dates: log.dates,
    },
    from: iso(observed.firstMs),
    to: iso(observed.lastMs),
    sessions: observed.sessions,
    clients: observed.clients.length + observed.others,
    has_packets: observed.hasPackets,
    overall: overall.map(({ cause, atMs, ...weighed }) => ({ cause, ...plain(weighed), at: atMs.map(iso) })),
    findings: subjects.map(subjectJson),
    too_rare: rare,
    notes,
    scenario: scenario ?? null,
  }
}

function subjectJson({ ids, facts, ranking, tied, ruledOut, pooled }: DiagnosedSubject): object {
  const ends: Record<string, number> = {}
  for (const client of facts.clients)
    for (const [how, count] of Object.entries(client.ends)) if (count > 0) ends[how] = (ends[how] ?? 0) + count
  return {
    clients: ids,
    pooled,
    keepalive_s: facts.keepaliveS ?? null,
    from: iso(Math.min(...facts.clients.map(({ firstMs }) => firstMs))),
    to: iso(Math.max(...facts.clients.map(({ lastMs }) => lastMs))),
    sessions: facts.clients.reduce((sum, { connects, records }) => sum + Math.max(connects, records.length), 0),
    ends,
    survived_ms: facts.survived.mostMs,
    life_ms: spreadOf(livesOf(facts.troubles)) ?? null,
    after_last_packet_ms: spreadOf(numbers(facts.troubles, ({ lagMs }) => lagMs)) ?? null,
    ranking: ranking.map(({ cause, ...weighed }, index) => ({
      rank: index + 1,
      cause,
      ...plain(weighed),
      indistinguishable_from_first: index < tied,
    })),
    ruled_out: ruledOut.map(({ cause, title, ruledOut: why }) => ({ cause, title, why })),
  }
}

const plain = ({ points, title, pro, contra, bounds = [], advice, next }: Weighed) => ({
  title,
  points,
  for: pro,
  against: contra,
  idle_timeout: bounds.map(boundsJson),
  advice,
  next,
})

const boundsJson = ({ aboveMs, atMostMs, behaviour, count, like }: IdleBounds) => ({
  above_ms: aboveMs,
  at_most_ms: atMostMs,
  behaviour,
  count,
  like,
})
