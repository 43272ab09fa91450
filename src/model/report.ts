import type { PeerVersion } from './evidence.ts'
import type { Scenario } from './scenario.ts'
import type { Verdict } from './verdict.ts'

/** What one scenario came to, as reporters get it. It crosses threads, so it is plain data. */
export interface ScenarioReport {
  readonly scenario: Scenario
  readonly lab: string
  readonly seed: number
  readonly broker?: PeerVersion
  readonly client?: PeerVersion
  /** Absent where it was skipped. */
  readonly verdict?: Verdict
  /** Why it was not run here, and the command that would change that. */
  readonly skipped?: { readonly reason: string; readonly remedy?: string }
  /** Where its evidence was saved. */
  readonly evidence?: string
  readonly durationMs: number
  /** Attempts before this one, each inconclusive by the harness's or the machine's doing; absent: there was none. */
  readonly earlier?: readonly Earlier[]
}

/** An attempt that was played again. */
export interface Earlier {
  readonly reason: string
  /** Where its evidence was put aside. */
  readonly evidence?: string
}

export interface SuiteReport {
  /** ISO 8601. */
  readonly started: string
  readonly lab: string
  readonly durationMs: number
  readonly reports: readonly ScenarioReport[]
}
