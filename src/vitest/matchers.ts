import { expect } from 'vitest'
import { formatDuration, formatMs, parseDuration, resolveDuration } from '../model/duration.ts'
import type { Outcome, Verdict } from '../model/verdict.ts'

/** A duration as scenario files write it (`1.5K + 2s`). */
export interface Bounds {
  readonly earliest?: string
  readonly latest?: string
}

interface Matched {
  readonly pass: boolean
  readonly message: () => string
}

/** Matchers for verdicts; `halfopen/vitest` adds them to `expect` when it is imported. */
export const matchers = {
  /** Everything held: not failed, not inconclusive, not unsupported. */
  toPass(verdict: Verdict): Matched {
    return { pass: verdict.result === 'pass', message: () => `the verdict is ${verdict.result}\n${told(verdict)}` }
  },

  /** This check failed; an inconclusive one has not. For scenarios that must catch something. */
  toFailCheck(verdict: Verdict, check: string): Matched {
    const outcome = find(verdict, check)
    return {
      pass: outcome?.result === 'fail',
      message: () => `${check} ${outcome ? `came out as ${outcome.result}: ${outcome.reason}` : 'was not checked'}`,
    }
  },

  /** What this check looks for happened so long after its anchor. */
  toDetectWithin(verdict: Verdict, check: string, bounds: Bounds): Matched {
    const outcome = find(verdict, check)
    if (!outcome) return { pass: false, message: () => `${check} was not checked` }
    const { afterMs } = outcome
    if (afterMs === null) return { pass: false, message: () => `${check} detected nothing: ${outcome.reason}` }
    const earliestMs = bound(bounds.earliest, outcome, 0)
    const latestMs = bound(bounds.latest, outcome, Number.POSITIVE_INFINITY)
    return {
      pass: afterMs >= earliestMs && afterMs <= latestMs,
      message: () =>
        `${check} detected after ${formatMs(afterMs)}; asked for ${formatMs(earliestMs)} to ${formatMs(latestMs)}`,
    }
  },
}

expect.extend(matchers)

declare module 'vitest' {
  interface Matchers<T> {
    /** Of a verdict: everything held. */
    toPass(): T
    /** Of a verdict: this check failed. */
    toFailCheck(check: string): T
    /** Of a verdict: what this check looks for happened so long after its anchor. */
    toDetectWithin(check: string, bounds: Bounds): T
  }
}

const find = ({ outcomes }: Verdict, check: string): Outcome | undefined =>
  outcomes.find(outcome => outcome.check === check)

function bound(text: string | undefined, { afterMs, ratio }: Outcome, otherwise: number): number {
  if (text === undefined) return otherwise
  const duration = parseDuration(text)
  if (!duration) throw new TypeError(`'${text}' is no duration; write it like 1.5K + 2s`)
  if (duration.k === 0) return duration.ms
  if (afterMs === null || !ratio)
    throw new TypeError(`${formatDuration(duration)} has no meaning here: the keep-alive is not known`)
  return resolveDuration(duration, afterMs / ratio)
}

const told = ({ outcomes, troubles, notes = [] }: Verdict): string =>
  [...troubles, ...notes, ...outcomes.map(({ check, result, reason }) => `${result}  ${check}: ${reason}`)].join('\n')
