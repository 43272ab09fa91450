/**
 * What the machine and the harness themselves may have added to a figure, and whether that could turn a finding round.
 *
 * - A date is an interval. What is dated late makes the time to it too long, what it counts from makes it too short.
 * - A party that was not let run acts late through no fault of its own, by no more than it stood still in all. So a figure that is
 *   too large may be the machine's doing; one that is in its window is not.
 * - What comes too early, or not at all, is like the loss of a healthy connection: standstills before it can have caused it.
 */

import { latenessOf, type Standstill, standstillsOf, stoodStillMs } from '../evidence/lateness.ts'
import type { Event, Runner } from '../model/event.ts'
import type { Window } from '../model/verdict.ts'
import { seconds } from '../text/words.ts'
import type { Finding } from './checks/check.ts'

export interface Uncertainty {
  readonly standstills: readonly Standstill[]
  /** How late this moment may be dated, in milliseconds. */
  lateMs(atMs: number): number
}

/** In evidence of before dates were intervals, what a stall held up was dated within this long of its end. */
const AFTERMATH_MS = 50

export function uncertaintyOf(events: readonly Event[]): Uncertainty {
  const standstills = standstillsOf(events)
  const told = latenessOf(events)
  const ofAll = standstills.filter(({ of }) => of === 'all')
  const stalled = (atMs: number) =>
    Math.max(
      0,
      ...ofAll.filter(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs + AFTERMATH_MS).map(({ forMs }) => forMs),
    )
  return { standstills, lateMs: atMs => Math.max(told(atMs), stalled(atMs)) }
}

/** Whose standstills can have made what was waited for late, unless the check knows better. */
const ACTORS: readonly Runner[] = ['link', 'client', 'broker', 'witness']
/** Whose standstills can break a connection. What plays the timeline does not: what it does late is told apart (as-written.ts). */
const UNDER_TEST: readonly Runner[] = ['link', 'client', 'broker']

/** A CONNECT with its answer, and a ping with its own, are in so many turns of a loop: so many standstills can hold them up one by one. */
const TURNS = 8
/** A loss without a window is put down to standstills of this part of K together: MQTT.js gives a PINGRESP only half a K. */
const CAUSE_OF_LOSS = 1 / 4
/** The same where there is no K, of the machine's time. */
const CAUSE_MS = 500

/** The finding with its ±; `inconclusive`, and blamed on the harness, where the ± could turn it round. */
export function weighed(given: Finding, uncertainty: Uncertainty, weighing: Weighing): Finding {
  if (given.sinceMs === null) return unfounded(given, uncertainty, weighing)
  const finding = notBeforeItsCause(given, uncertainty, weighing)
  const margins = marginsOf(finding, uncertainty, weighing.resolutionMs ?? 0)
  const found: Finding = { ...finding, ...margins }
  if (finding.result === 'inconclusive' || finding.beyondDelay) return found
  const doubt = finding.window
    ? doubtOfWindow(finding, finding.window, uncertainty, weighing)
    : doubtOfLoss(found, uncertainty, weighing)
  return doubt === undefined ? found : excusedBy(doubt, found)
}

/** What is dated before its cause, by no more than the cause may be dated late, was there with it. */
function notBeforeItsCause(finding: Finding, { lateMs }: Uncertainty, { resolutionMs = 0 }: Weighing): Finding {
  const { atCause, sinceMs, seenMs, result } = finding
  if (!atCause || sinceMs === null || seenMs === null || result !== 'fail') return finding
  return sinceMs - seenMs <= Math.max(resolutionMs, lateMs(sinceMs)) ? atCause : finding
}

/** What came without any cause to be seen: while the link, or a peer, stood still, its cause may have passed unseen. */
function unfounded(finding: Finding, { standstills }: Uncertainty, { keepaliveMs }: Weighing): Finding {
  if (finding.result !== 'fail' || finding.seenMs === null) return finding
  const doubt = standstillsBehindLoss(finding.seenMs, standstills, keepaliveMs)
  return doubt === undefined ? finding : excusedBy(doubt, finding)
}

export interface Weighing {
  readonly keepaliveMs: number
  readonly endMs: number
  /** Of the lab; absent: exact. */
  readonly resolutionMs?: number
  /** How many milliseconds of the run pass in one of the machine's; absent: one. */
  readonly speed?: number
  readonly actors?: readonly Runner[] | undefined
}

const excusedBy = (doubt: string, finding: Finding): Finding => ({
  ...finding,
  result: 'inconclusive',
  blame: 'harness',
  reason: `${doubt}, enough to turn this round: ${finding.reason}`,
})

/** The ± of its dates, and never less than the lab's resolution, nor than what the check says of figures that are kept in steps. */
function marginsOf(
  { sinceMs, seenMs, minusMs = 0 }: Finding,
  { lateMs }: Uncertainty,
  resolutionMs: number,
): Pick<Finding, 'minusMs' | 'plusMs'> {
  if (sinceMs === null || seenMs === null) return {}
  return { minusMs: Math.max(resolutionMs, lateMs(seenMs), minusMs), plusMs: Math.max(resolutionMs, lateMs(sinceMs)) }
}

function doubtOfWindow(
  { sinceMs, seenMs, watchedMs, minusMs: ownMs = 0 }: Finding,
  { earliestMs, latestMs }: Window,
  { standstills, lateMs }: Uncertainty,
  { keepaliveMs, endMs, actors = ACTORS }: Weighing,
): string | undefined {
  const fromMs = sinceMs ?? 0
  const untilMs = seenMs ?? watchedMs ?? endMs
  const afterMs = untilMs - fromMs
  const minusMs = seenMs === null ? 0 : Math.max(lateMs(seenMs), ownMs)
  const plusMs = lateMs(fromMs)
  if (seenMs === null || afterMs > latestMs) {
    const excessMs = afterMs - latestMs
    // The window ends with the run: there is no excess to compare with.
    if (excessMs <= 0) return standstillsBehindLoss(untilMs, standstills, keepaliveMs, actors)
    if (minusMs >= excessMs) return lateDate(minusMs)
    const stood = standingOf(standstills, actors, fromMs, untilMs)
    // The link's own standstill is what makes a date late: it counts once.
    const dating = stood.filter(({ of }) => of === 'link' || of === 'all')
    const togetherMs = sumOf(stood) - sumOf(dating) + Math.max(minusMs, sumOf(dating))
    return sumOf(stood) > 0 && togetherMs >= excessMs ? whoStoodStill(standstills, stood, fromMs, untilMs) : undefined
  }
  // Too early by what it counts from: a ping or an answer that came late before it moves everything.
  if (afterMs + plusMs < earliestMs) {
    // That moves it by no more than the interval from one ping to the next, and what stood still.
    const earlyMs =
      earliestMs - afterMs - keepaliveMs - sumOf(standingOf(standstills, actors, fromMs - 2 * keepaliveMs, untilMs))
    return earlyMs > 0 ? undefined : standstillsBehindLoss(untilMs, standstills, keepaliveMs, actors)
  }
  if (afterMs < earliestMs) return lateDate(plusMs)
  if (afterMs + plusMs > latestMs) return lateDate(plusMs)
  // An earliest moment of 0 is no edge, since nothing happens before its cause.
  return earliestMs > 0 && afterMs - minusMs < earliestMs ? lateDate(minusMs) : undefined
}

const sumOf = (stood: readonly Stood[]): number => stood.reduce((sum, { ms }) => sum + ms, 0)

interface Stood {
  readonly of: Standstill['of']
  readonly ms: number
}

/** How long each of them stood still, and all of them at once where that is all that is known. */
function standingOf(
  standstills: readonly Standstill[],
  actors: readonly Runner[],
  fromMs: number,
  untilMs: number,
): readonly Stood[] {
  const own = standstills.filter(({ of }) => of !== 'all')
  const shared = standstills.filter(({ of }) => of === 'all')
  return [
    ...actors.map(of => ({ of, ms: stoodStillMs(own, of, fromMs, untilMs) })),
    { of: 'all', ms: stoodStillMs(shared, 'harness', fromMs, untilMs) },
  ]
}

const lateDate = (ms: number): string => `a date that this rests on may be ${seconds(ms)} late`

/** Without a window only a loss can be blamed on the machine, or that something did not come in a run that mostly stood still. */
function doubtOfLoss(
  { result, sinceMs, seenMs }: Finding,
  { standstills, lateMs }: Uncertainty,
  { keepaliveMs, endMs, speed = 1, resolutionMs = 0 }: Weighing,
): string | undefined {
  if (result !== 'fail') return undefined
  // It may have been lost before it stood: a client gives up waiting for its CONNACK, however long K is.
  if (seenMs !== null && sinceMs !== null && lateMs(seenMs) > Math.max(resolutionMs, seenMs - sinceMs))
    return lateDate(lateMs(seenMs))
  if (seenMs !== null) return standstillsBehindLoss(seenMs, standstills, keepaliveMs)
  // Whoever was to send it, to hand it on or to see it.
  return restlessness(standstills, [sinceMs ?? 0, endMs], { keepaliveMs, speed }, ACTORS)
}

/** The standstills to which the loss of a healthy connection may be due: those in the time in which a ping or its answer was due. */
export function standstillsBehindLoss(
  lostMs: number,
  standstills: readonly Standstill[],
  keepaliveMs: number,
  of: readonly Runner[] = UNDER_TEST,
): string | undefined {
  if (keepaliveMs === 0) return undefined
  // Also those before the CONNACK: the broker counts from the CONNECT.
  return restlessness(standstills, [lostMs - 2 * keepaliveMs, lostMs], { keepaliveMs }, of)
}

/** In words, where the machine and the harness together stood still for long enough between two moments to break a healthy connection. */
export function restlessness(
  standstills: readonly Standstill[],
  [fromMs, untilMs]: readonly [fromMs: number, untilMs: number],
  { keepaliveMs, speed = 1 }: Pick<Weighing, 'keepaliveMs' | 'speed'>,
  of: readonly Runner[] = UNDER_TEST,
): string | undefined {
  const within = standstills.filter(
    each => each.toMs >= fromMs && each.fromMs <= untilMs && (each.of === 'all' || of.includes(each.of)),
  )
  const longest = within.toSorted((a, b) => b.forMs - a.forMs).slice(0, TURNS)
  const togetherMs = longest.reduce((sum, { forMs }) => sum + forMs, 0)
  const enoughMs = keepaliveMs > 0 ? keepaliveMs * CAUSE_OF_LOSS : CAUSE_MS * speed
  const [first] = longest
  if (!first || togetherMs <= enoughMs) return undefined
  const times = longest.length > 1 ? `, ${longest.length} times together` : ''
  return `${subjectOf(first.of)} ${did(first.how)} for ${seconds(togetherMs)}${times}`
}

function whoStoodStill(
  standstills: readonly Standstill[],
  stood: readonly Stood[],
  fromMs: number,
  untilMs: number,
): string {
  const most = stood.reduce((a, b) => (b.ms > a.ms ? b : a))
  const own = standstills.filter(({ of, fromMs: from, toMs }) => of === most.of && toMs > fromMs && from < untilMs)
  const longest = own.reduce((a, b) => (b.forMs > a.forMs ? b : a))
  return `${subjectOf(longest.of)} ${did(longest.how)} for ${seconds(most.ms)} of this time`
}

const SUBJECTS: Readonly<{ [of in Standstill['of']]: string }> = {
  all: 'halfopen itself',
  link: 'the link of halfopen',
  client: 'the client',
  broker: 'the broker',
  witness: 'the witness',
  harness: 'halfopen itself',
}
const subjectOf = (of: Standstill['of']): string => SUBJECTS[of]

/** As the rest of: the broker ... for 2.00 s of this time. */
const did = (how: Standstill['how']): string =>
  how === 'no-cpu' ? 'got no processor' : how === 'stopped' ? 'was stopped by a signal' : 'stood still'
