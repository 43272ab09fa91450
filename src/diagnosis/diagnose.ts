import { APART, type Cause, NAMED, type Weighed } from './cause.ts'
import { causes } from './causes/index.ts'
import { type ClientSummary, TROUBLE } from './client-summary.ts'
import { type Facts, factsOf } from './log-facts.ts'
import type { Observed } from './observe.ts'
import { type OverallFinding, overallOf } from './overall.ts'

/** A cause of one subject, weighed. */
export interface Ranked extends Weighed {
  readonly cause: string
}

/** One client, or several with the same trouble. */
export interface DiagnosedSubject {
  readonly ids: readonly string[]
  readonly facts: Facts
  /** The likeliest first; empty where no cause is named. */
  readonly ranking: readonly Ranked[]
  /** How many of the ranking can't be told apart from the first, itself included. */
  readonly tied: number
  /** Causes that one fact does not go with. */
  readonly ruledOut: readonly Ranked[]
  /** Clients that had too little trouble each, taken together. */
  readonly pooled: boolean
}

/** A client whose trouble is too rare to be a pattern. */
export interface Rare {
  readonly id: string
  readonly troubles: number
  /** What it looks like so far, where it happened twice. */
  readonly like: string | undefined
}

export interface Diagnosis {
  readonly observed: Observed
  readonly atLeast: number
  readonly overall: readonly OverallFinding[]
  readonly subjects: readonly DiagnosedSubject[]
  /** Clients with trouble too rare to be a pattern, also together. */
  readonly rare: readonly Rare[]
  /** What is worth knowing and no trouble. */
  readonly notes: readonly string[]
}

export interface DiagnoseOptions {
  /** How often something must have happened to be a pattern. */
  readonly atLeast: number
  /** How exact the dates are: 1000 for whole seconds. */
  readonly resolutionMs: number
  /** Where packets can be had, in words; absent: anywhere. */
  readonly packetsLog?: string
  /** Only this client. */
  readonly clientId?: string
}

/** What a source says, as causes that compete. Pure. */
export function diagnose(observed: Observed, options: DiagnoseOptions): Diagnosis {
  const { atLeast, clientId } = options
  const clients = observed.clients.filter(({ id }) => clientId === undefined || id === clientId)
  const facts = (some: readonly ClientSummary[]) => factsOf(some, observed, options)
  const troubled = clients.filter(isSubject(atLeast))
  const few = clients.filter(client => !troubled.includes(client) && troublesOf(client) > 0)
  const single = troubled.map(client => subjectOf(facts([client])))
  const together = few.reduce((sum, client) => sum + troublesOf(client), 0) >= atLeast && few.length > 1
  const pool = together ? [{ ...subjectOf(facts(few)), pooled: true }].filter(({ ranking }) => ranking.length > 0) : []
  const subjects = [...merged(single, facts), ...pool].toSorted(bySize)
  const { findings, notes } = overallOf(observed, options)
  return {
    observed,
    atLeast,
    overall: findings,
    subjects,
    rare: pool.length > 0 ? [] : few.map(client => rareOf(client, observed, options)),
    notes,
  }
}

function rareOf(client: ClientSummary, observed: Observed, options: DiagnoseOptions): Rare {
  const troubles = troublesOf(client)
  const subject = troubles > 1 ? subjectOf(factsOf([client], observed, { ...options, atLeast: troubles })) : undefined
  return { id: client.id, troubles, like: subject?.ranking[0]?.title }
}

const troublesOf = ({ ends }: ClientSummary): number => TROUBLE.reduce((sum, how) => sum + ends[how], 0)

const isSubject = (atLeast: number) => (client: ClientSummary) =>
  troublesOf(client) >= atLeast ||
  client.lateAcks.late >= atLeast ||
  [...client.refusals.values()].reduce((sum, count) => sum + count, 0) >= atLeast

const bySize = (a: DiagnosedSubject, b: DiagnosedSubject): number =>
  Number(b.ranking.length > 0) - Number(a.ranking.length > 0) || b.facts.troubleCount - a.facts.troubleCount

function subjectOf(facts: Facts): DiagnosedSubject {
  const weighed = causes.flatMap((cause: Cause): Ranked[] => {
    const found = cause.weigh(facts)
    return found ? [{ cause: cause.name, ...found }] : []
  })
  const ranking = weighed
    .filter(({ ruledOut, points }) => ruledOut === undefined && points >= NAMED)
    .toSorted((a, b) => b.points - a.points)
  const most = ranking[0]?.points ?? 0
  return {
    ids: facts.clients.map(({ id }) => id),
    facts,
    ranking,
    tied: ranking.filter(({ points }) => most - points <= APART).length,
    ruledOut: weighed.filter(({ ruledOut }) => ruledOut !== undefined),
    pooled: false,
  }
}

/** Clients with the same first cause and the same keep-alive are told once. */
function merged(
  subjects: readonly DiagnosedSubject[],
  factsFor: (clients: readonly ClientSummary[]) => Facts,
): readonly DiagnosedSubject[] {
  const groups = new Map<string, DiagnosedSubject[]>()
  for (const subject of subjects) {
    const key = `${subject.ranking[0]?.cause ?? ''} ${subject.facts.keepaliveS ?? '?'}`
    groups.set(key, [...(groups.get(key) ?? []), subject])
  }
  return [...groups.values()].flatMap(group => {
    const [first] = group
    if (group.length < 2 || first?.ranking[0] === undefined) return group
    const one = subjectOf(factsFor(group.flatMap(({ facts }) => facts.clients)))
    return one.ranking[0]?.cause === first.ranking[0].cause ? [one] : group
  })
}
