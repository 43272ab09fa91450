import type { TestContext } from 'vitest'
import { resultOf } from '../reporters/result.ts'
import { whySkipped } from '../reporters/skipped.ts'
import { harmless } from '../text/harmless.ts'
import { type Blame, ScenarioError } from './error.ts'
import type { Played } from './order.ts'

export interface Conclusion extends Blame {
  /** Skips are failures. */
  readonly requireAll: boolean
}

/** Turns what a scenario came to into what a test does: return, skip with the reason, or throw. */
export function conclude(played: Played, context: TestContext, { requireAll, ...blame }: Conclusion): void {
  const why = harmless(whySkipped(played.report))
  if (why) {
    const note = why.remedy === undefined ? why.reason : `${why.reason} (to run it: ${why.remedy})`
    if (requireAll) throw new Error(`skipped, though HALFOPEN_REQUIRE=all: ${note}`)
    context.skip(note)
  }
  if (resultOf(played.report) !== 'pass') throw new ScenarioError(played, blame)
}
