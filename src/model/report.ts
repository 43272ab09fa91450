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
  /** What happened, in a few lines; of what did not pass, where there is evidence. */
  readonly sequence?: readonly Beat[]
  /** Attempts before this one, each inconclusive by the harness's or the machine's doing; absent: there was none. */
  readonly earlier?: readonly Earlier[]
}

/** One line of what happened, or several like it. Times are milliseconds since CONNACK. */
export interface Beat {
  readonly atMs: number
  /** Where the last of `times` happened. */
  readonly untilMs: number
  readonly times: number
  /** `PINGREQ`, `FIN`, `blackhole held`. */
  readonly text: string
  /** Who it came from and how far it got; `note`: it passed nobody by. */
  readonly from: 'client' | 'broker' | 'note'
  /** `answered`: and the other side answered at once; `dead`: the link never let it through; `own`: said or done at that end only. */
  readonly reach: 'through' | 'answered' | 'dead' | 'own'
  /** It was held by the link for as long. */
  readonly heldMs?: number
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
