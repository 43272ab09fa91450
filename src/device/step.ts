import type { Event } from '../model/event.ts'
import type { EvidenceHeader } from '../model/evidence.ts'
import type { Limits } from './limits.ts'
import type { Remark } from './remark.ts'
import type { Stage } from './stage.ts'
import type { Terms } from './terms.ts'

/** What a step left behind: the connection that it is about, or why it could not be played. */
export type Played =
  | { readonly conn: number }
  /** `conn`: the connection on which it may have been too silent, which would be a failure and no lack of occasion. */
  | { readonly untested: string; readonly conn?: number }

/** All that a step is judged by. Times are on the run's clock. */
export interface Scene {
  readonly header: EvidenceHeader
  /** Of the device's connections and of the harness, from the beginning of the run, in order of time. */
  readonly events: readonly Event[]
  readonly fromMs: number
  readonly toMs: number
  /** The step's fault, as events name it. */
  readonly fault: string
  /** The connection under test. */
  readonly conn: number
  readonly terms: Terms
  readonly limits: Limits
}

/** One thing that a device is put through. It begins with a healthy connection and leaves no fault in force. */
export interface Step {
  /** As `--only` spells it. */
  readonly name: string
  /** As reports head it. */
  readonly title: string
  /** What it does, in one sentence. */
  readonly summary: string
  /** It can be played where the link can't read packets. */
  readonly blind?: true
  /** The longest that it takes with this keep-alive, without the time that the device takes to come back. */
  longestMs(limits: Limits, keepaliveMs: number): number
  /** Plays it. `fault`: the name to give to what it puts in force. */
  act(stage: Stage, fault: string): Promise<Played>
  /** Pure. */
  judge(scene: Scene): readonly Remark[]
}
