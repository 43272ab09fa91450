import type { PeerVersion } from './evidence.ts'
import type { Scenario, SourcePosition } from './scenario.ts'

/** In order of weight: a verdict is the heaviest of its outcomes (fail > inconclusive > unsupported > pass). */
export const RESULTS = ['pass', 'unsupported', 'inconclusive', 'fail'] as const
export type Result = (typeof RESULTS)[number]

/** When something may happen, counted from the check's anchor. */
export interface Window {
  readonly earliestMs: number
  /** `Infinity` where only the earliest moment is bounded. */
  readonly latestMs: number
  readonly origin: 'spec' | 'profile' | 'scenario'
  /** The clause or measurement behind it: `MQTT 3.1.1 [MQTT-3.1.2-24]: 1.5K`. */
  readonly source: string
}

/** What one check found. Times are in milliseconds since CONNACK; `null` where it never happened. */
export interface Outcome {
  readonly check: string
  readonly result: Result
  /** The anchor that the window counts from. */
  readonly sinceMs: number | null
  readonly seenMs: number | null
  readonly afterMs: number | null
  /** `afterMs` as a multiple of K; `null` where K is 0 or nothing was seen. */
  readonly ratio: number | null
  /**
   * How far the true time may lie below and above `afterMs`, in milliseconds, since dates are intervals. Absent where nothing was seen,
   * and in what older versions saved.
   */
  readonly minusMs?: number
  readonly plusMs?: number
  readonly window: Window | null
  /** One sentence: expected, actual, tolerance. */
  readonly reason: string
  /** Of an `inconclusive` that is the harness's or the machine's doing, not the scenario's or a peer's: worth playing again. */
  readonly blame?: 'harness'
  /** Of a fleet: the worst device, which speaks for all. */
  readonly device?: number
  readonly position: SourcePosition
}

export interface Verdict {
  readonly result: Result
  readonly outcomes: readonly Outcome[]
  /** Why the whole run is inconclusive or unsupported, where no single check says it. */
  readonly troubles: readonly string[]
  /** What is worth knowing and decides nothing: floods (judge/floods.ts), each in one sentence. Absent: there is none. */
  readonly notes?: readonly string[]
  /** Of an `inconclusive`: as in an outcome. */
  readonly blame?: 'harness'
}

/** What one scenario came to, as reporters get it. It crosses threads, so it is plain data. */
export interface ScenarioReport {
  readonly scenario: Scenario
  readonly lab: string
  /** As in the evidence's header: how many seconds passed for the peers in one of the machine's; absent: one. */
  readonly speed?: number
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
