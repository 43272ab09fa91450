/** Whether two labs saw the same of one scenario, as claims of a real-time test. */
import { expect } from 'vitest'
import type { Evidence } from '../../src/model/evidence.ts'
import type { Outcome, Verdict } from '../../src/model/verdict.ts'
import type { Time } from '../doubt/test.ts'
import { type Doubt, doubtIn, ofDifference } from '../doubt/weigh.ts'

export interface Seen {
  readonly lab: string
  readonly evidence: Evidence
  readonly verdict: Verdict
}

/** A lab that is wrong is wrong by a timer, half a second and more: so much of what was late, as recorded, leaves that to be seen. */
const SPARE_MS = 100

/** What the machine spoiled ends the test by doubt. */
export function claimSameVerdict(time: Time, one: Seen, other: Seen): void {
  for (const { verdict } of [one, other]) time.judged(verdict)
  expect(other.verdict.result, `${reasons(one)}\nbut ${reasons(other)}`).toBe(one.verdict.result)
}

/** How far apart two dates of one outcome may be, and which: the time after its anchor, the time since CONNACK, or the better of both. */
export interface Tolerance {
  readonly mostMs: number
  readonly by: 'anchor' | 'connack' | 'either'
}

/**
 * Both saw each of these outcomes, or neither did, as close as the check's tolerance says; where there is none, nothing is claimed.
 * `either`: where two things happen within a few milliseconds, which was first, and so the anchor, is chance on real sockets.
 */
export function claimSameDates(
  time: Time,
  one: Seen,
  other: Seen,
  toleranceOf: (check: string) => Tolerance | undefined,
): void {
  for (const [index, outcome] of one.verdict.outcomes.entries()) {
    const twin = other.verdict.outcomes[index]
    const tolerance = toleranceOf(outcome.check)
    if (!tolerance || !twin || (outcome.seenMs === null && twin.seenMs === null)) continue
    const words = `${outcome.check}: ${moment(one, outcome)}, ${moment(other, twin)}`
    if (outcome.seenMs === null || twin.seenMs === null) {
      const atMs = outcome.seenMs ?? twin.seenMs ?? 0
      const longMs = doubtOf(one, 0, atMs).longMs + doubtOf(other, 0, atMs).longMs
      time.otherWay(`${words}: seen in one only`, { shortMs: 0, longMs }, tolerance.mostMs)
    } else time.oneOf(differences([one, other], [outcome, twin], words, tolerance))
  }
}

function differences(
  [one, other]: readonly [Seen, Seen],
  [a, b]: readonly [Outcome, Outcome],
  words: string,
  { mostMs, by }: Tolerance,
) {
  const claim = { earliestMs: -mostMs, latestMs: mostMs, spareMs: SPARE_MS }
  const [aMs, bMs] = [a.seenMs ?? Number.NaN, b.seenMs ?? Number.NaN]
  const anchor = {
    what: `${words}: after the anchor`,
    tookMs: (a.afterMs ?? Number.NaN) - (b.afterMs ?? Number.NaN),
    claim,
    doubt: ofDifference(doubtOf(one, a.sinceMs, aMs), doubtOf(other, b.sinceMs, bMs)),
  }
  const connack = {
    what: `${words}: since CONNACK`,
    tookMs: aMs - bMs,
    claim,
    doubt: ofDifference(doubtOf(one, 0, aMs), doubtOf(other, 0, bMs)),
  }
  return by === 'either' ? [anchor, connack] : [by === 'anchor' ? anchor : connack]
}

const doubtOf = ({ evidence: { events } }: Seen, fromMs: number | null, toMs: number): Doubt =>
  doubtIn(events, fromMs ?? 0, toMs)

const reasons = ({ lab, verdict: { result, outcomes, troubles } }: Seen): string =>
  [`${lab}: ${result}`, ...outcomes.map(({ check, reason }) => `${check}: ${reason}`), ...troubles].join('\n')

const moment = ({ lab }: Seen, { sinceMs, seenMs, afterMs }: Outcome): string =>
  `in ${lab} ${afterMs} ms after ${sinceMs}, at ${seenMs}`
