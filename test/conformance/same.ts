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

/**
 * Both saw each of these outcomes, or neither did, and at most `mostMs` apart: by the anchor or by the date, since where two things
 * happen within a few milliseconds, which was first, and so the anchor, is chance on real sockets.
 */
export function claimSameDates(
  time: Time,
  one: Seen,
  other: Seen,
  { mostMs, isCompared = () => true }: { readonly mostMs: number; readonly isCompared?: (check: string) => boolean },
): void {
  const claim = { earliestMs: -mostMs, latestMs: mostMs, spareMs: SPARE_MS }
  for (const [index, outcome] of one.verdict.outcomes.entries()) {
    const twin = other.verdict.outcomes[index]
    if (!isCompared(outcome.check)) continue
    const words = `${outcome.check}: ${moment(one, outcome)}, ${twin && moment(other, twin)}`
    if (!twin || (outcome.seenMs === null && twin.seenMs === null)) continue
    if (outcome.seenMs === null || twin.seenMs === null) {
      const atMs = outcome.seenMs ?? twin.seenMs ?? 0
      const longMs = doubtOf(one, 0, atMs).longMs + doubtOf(other, 0, atMs).longMs
      time.otherWay(`${words}: seen in one only`, { shortMs: 0, longMs }, mostMs)
      continue
    }
    time.oneOf([
      {
        what: `${words}: after the anchor`,
        tookMs: (outcome.afterMs ?? Number.NaN) - (twin.afterMs ?? Number.NaN),
        claim,
        doubt: ofDifference(doubtOf(one, outcome.sinceMs, outcome.seenMs), doubtOf(other, twin.sinceMs, twin.seenMs)),
      },
      {
        what: `${words}: since CONNACK`,
        tookMs: outcome.seenMs - twin.seenMs,
        claim,
        doubt: ofDifference(doubtOf(one, 0, outcome.seenMs), doubtOf(other, 0, twin.seenMs)),
      },
    ])
  }
}

const doubtOf = ({ evidence: { events } }: Seen, fromMs: number | null, toMs: number): Doubt =>
  doubtIn(events, fromMs ?? 0, toMs)

const reasons = ({ lab, verdict: { result, outcomes, troubles } }: Seen): string =>
  [`${lab}: ${result}`, ...outcomes.map(({ check, reason }) => `${check}: ${reason}`), ...troubles].join('\n')

const moment = ({ lab }: Seen, { sinceMs, seenMs, afterMs }: Outcome): string =>
  `in ${lab} ${afterMs} ms after ${sinceMs}, at ${seenMs}`
