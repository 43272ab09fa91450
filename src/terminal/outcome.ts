import type { ScenarioReport } from '../model/verdict.ts'
import { tally } from '../reporters/reporter.ts'
import { EXIT, SIGNAL_EXIT, type StopSignal } from './exit.ts'

export interface RunOutcome {
  readonly reports: readonly ScenarioReport[]
  /** Of how many. */
  readonly total: number
  readonly troubles: readonly string[]
  readonly requireAll: boolean
  readonly stoppedBy: StopSignal | undefined
  /** A file of those that were asked for could not be read. */
  readonly unreadable?: boolean
}

/** A failed scenario outweighs the harness's own trouble, and a stop outweighs both: the run is no answer then. */
export function exitCodeOf(outcome: RunOutcome): number {
  if (outcome.stoppedBy !== undefined) return SIGNAL_EXIT[outcome.stoppedBy]
  if (tally(outcome.reports).fail > 0) return EXIT.failed
  if (outcome.unreadable) return EXIT.unreadable
  return doubts(outcome) ? EXIT.inconclusive : EXIT.pass
}

function doubts({ reports, total, troubles, requireAll }: RunOutcome): boolean {
  const { pass, inconclusive } = tally(reports)
  return inconclusive > 0 || troubles.length > 0 || reports.length < total || pass === 0 || (requireAll && pass < total)
}

/** What the exit code alone would leave unsaid. */
export function closingWords({ reports, total, requireAll, stoppedBy, unreadable }: RunOutcome): string[] {
  const { pass, skipped, unsupported } = tally(reports)
  const passedOver = skipped + unsupported
  if (stoppedBy !== undefined) return [`Stopped by ${stoppedBy}: these are the scenarios that had ended by then.`]
  if (unreadable) return ['Not all was played: a scenario file could not be read (told above), so this is no pass.']
  if (requireAll && passedOver > 0) return [`HALFOPEN_REQUIRE=all: ${passedOver} skipped, so this is no pass.`]
  if (pass === 0 && passedOver === total) return ['Nothing was judged: every scenario was skipped, so this is no pass.']
  return []
}
