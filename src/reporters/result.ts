import type { ScenarioReport } from '../model/report.ts'
import type { Result } from '../model/verdict.ts'

/** As reports name it: a verdict's result, or that there was no run. */
export type ReportedResult = Result | 'skipped'

/**
 * What a scenario comes to in its suite. One that says it must fail passes by failing: a canary
 * that comes out any other way is a failure, since the check that it guards has gone blind.
 */
export function resultOf({ scenario, verdict, skipped }: ScenarioReport): ReportedResult {
  if (skipped) return 'skipped'
  if (!verdict) return 'inconclusive'
  if (scenario.must === undefined || verdict.result === 'unsupported') return verdict.result
  if (verdict.result === scenario.must) return 'pass'
  return verdict.result === 'inconclusive' ? 'inconclusive' : 'fail'
}

/** How many came to each result. */
export function tally(reports: readonly ScenarioReport[]): Readonly<Record<ReportedResult, number>> {
  const counts = { pass: 0, fail: 0, inconclusive: 0, unsupported: 0, skipped: 0 }
  for (const report of reports) counts[resultOf(report)]++
  return counts
}
