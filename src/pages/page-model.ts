/** What a page about a run is drawn from: plain JSON, made in Node; the page's script only draws it and shows its words. */
import type { Shape } from '../evidence/packed.ts'
import type { Result } from '../model/verdict.ts'

export type PageResult = Result | 'skipped'

export interface RunPage {
  readonly halfopen: string
  readonly title: string
  /** The answer in one sentence. */
  readonly answer: string
  readonly started: string
  readonly durationMs: number
  /** Name and value, in the order in which they are shown. */
  readonly environment: readonly (readonly [string, string])[]
  readonly scenarios: readonly ScenarioPage[]
  readonly sources: readonly SourcePage[]
  /** What went wrong beside the scenarios, each in one sentence. */
  readonly troubles: readonly string[]
}

/** A scenario file as it may be shown: its secrets are stars. */
export interface SourcePage {
  readonly file: string
  readonly text: string
}

export interface ScenarioPage {
  /** Of the deep link: `#slug`. */
  readonly slug: string
  readonly name: string
  readonly folder: string
  readonly file: string
  readonly line: number
  readonly result: PageResult
  /** What it must come out as instead of a pass. */
  readonly must?: string
  /** Troubles, notes and attempts before, each in one sentence. */
  readonly words: readonly string[]
  readonly skip?: { readonly reason: string; readonly remedy?: string }
  readonly checks: readonly CheckPage[]
  readonly durationMs: number
  readonly broker?: string
  readonly client?: string
  readonly keepaliveMs: number
  /** Number of its source. */
  readonly source?: number
  /** The command that judges it again. */
  readonly again?: string
  /** Whether there is a timeline of it. */
  readonly timeline: boolean
  /** Of a fleet. */
  readonly crowd?: CrowdPage
}

/** All clients of a run together, over its time. */
export interface CrowdPage {
  /** Where the first column begins. */
  readonly fromMs: number
  readonly stepMs: number
  /** How many clients there are. */
  readonly size: number
  readonly curves: readonly CurvePage[]
}

export interface CurvePage {
  readonly label: string
  /** One for each column. */
  readonly values: readonly number[]
}

export interface CheckPage {
  /** Of the deep link: `#scenario/check`. */
  readonly slug: string
  readonly check: string
  readonly result: PageResult
  /** `broker 3.00 s (1.5K)` */
  readonly figure: string
  /** `allowed 2 to 5 s`; absent where there is no window. */
  readonly allowed?: string
  readonly origin?: string
  readonly reason: string
  readonly line: number
  readonly sinceMs: number | null
  readonly seenMs: number | null
  readonly afterMs: number | null
  readonly minusMs: number
  readonly plusMs: number
  readonly earliestMs: number | null
  /** `null`: it is not bounded. */
  readonly latestMs: number | null
}

/** Times are milliseconds since CONNACK. */
export interface TimelinePage {
  readonly fromMs: number
  readonly toMs: number
  readonly resolutionMs: number
  readonly events: PackedEvents
  /** Numbers of events: of a packet where it entered the link, and where it left it; -1: it never did. */
  readonly passages: readonly (readonly [number, number])[]
  readonly faults: readonly FaultPage[]
  readonly standstills: readonly StandstillPage[]
  readonly devices: number
  /** Which device is shown first. */
  readonly device: number
  /** How many events there were, where the file holds more than are here. */
  readonly of?: number
}

export interface FaultPage {
  readonly fault: string
  readonly line?: number
  readonly askedMs: number
  readonly heldMs: number
  readonly touchedMs: number | null
  readonly liftedMs: number | null
  /** When it no longer matters: lifted, or the only connection that it took hold of was gone, or the run ended. */
  readonly untilMs: number
  readonly conn?: number
}

export interface StandstillPage {
  readonly of: string
  readonly how: 'busy' | 'no-cpu' | 'stopped'
  readonly fromMs: number
  readonly toMs: number
  readonly forMs: number
}

/** Events in columns; dates are whole microseconds, each counted from the one before it. */
export interface PackedEvents {
  readonly at: readonly number[]
  readonly late: readonly (number | null)[]
  readonly conn: readonly (number | null)[]
  readonly device: readonly (number | null)[]
  readonly id: readonly (number | null)[]
  readonly bytes: readonly (number | null)[]
  readonly shape: readonly number[]
  readonly shapes: readonly Shape[]
  readonly odd: readonly unknown[]
}
