import type { ScenarioReport } from '../model/report.ts'
import type { Result } from '../model/verdict.ts'

/** As reports name it: a verdict's result, or that there was no run. */
export type ReportedResult = Result | 'skipped'

/** A report without a verdict and without a reason to skip says nothing of the peers. */
export function resultOf({ verdict, skipped }: ScenarioReport): ReportedResult {
  if (skipped) return 'skipped'
  return verdict?.result ?? 'inconclusive'
}

/** How many came to each result. */
export function tally(reports: readonly ScenarioReport[]): Readonly<Record<ReportedResult, number>> {
  const counts = { pass: 0, fail: 0, inconclusive: 0, unsupported: 0, skipped: 0 }
  for (const report of reports) counts[resultOf(report)]++
  return counts
}
