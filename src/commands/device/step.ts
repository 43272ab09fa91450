import type { Event } from '../../model/event.ts'
import type { EvidenceHeader } from '../../model/evidence.ts'
import type { Limits } from './device-limits.ts'
import type { Terms } from './device-line.ts'
import type { Stage } from './device-stage.ts'

/** What a step left behind: the connection that it is about, or why it could not be played. */
export type PlayedStep =
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

/** What a picture of a step is drawn from. */
export type StepView = Pick<Scene, 'events' | 'toMs' | 'fault' | 'conn'>

/** When a device tried to come back, in one part of a step. */
export interface AttemptSeries {
  /** How it was kept out. */
  readonly how: string
  readonly afterMs: readonly number[]
}

/** One thing that a device is put through. It begins with a healthy connection and leaves no fault in force. */
export interface DeviceStep {
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
  act(stage: Stage, fault: string): Promise<PlayedStep>
  /** Pure. */
  judge(scene: Scene): readonly Remark[]
  /** The attempts that it is about, for a picture. Pure. */
  series?(scene: StepView): readonly AttemptSeries[]
}

/** In order of weight: a step is its heaviest remark, and a device its heaviest step. */
const WEIGHTS = { note: 0, 'not tested': 1, pass: 2, warning: 3, inconclusive: 4, fail: 5 } as const

/** Of a step. `inconclusive`: the harness can't tell, so it is no pass. `not tested`: the device gave no occasion. */
export type StepResult = Exclude<keyof typeof WEIGHTS, 'note'>

/** One thing that was seen. `note`: worth telling, and nobody's fault. */
export interface Remark {
  readonly result: keyof typeof WEIGHTS
  /** One sentence: what was seen, with its figures, and what is allowed. */
  readonly text: string
  /** The same in a few words, for a line of a table: `closed after 15.00 s (1.5K)`. */
  readonly figure?: string
  /** The clause behind it, with the version of the standard. */
  readonly clause?: string
  /** What to do about it, in one sentence. */
  readonly advice?: string
}

/** What several of them come to. Nothing at all, or only notes, say nothing of the device. */
export function heaviest(results: readonly Remark['result'][]): StepResult {
  const [first = 'note'] = results.toSorted((a, b) => WEIGHTS[b] - WEIGHTS[a])
  return first === 'note' ? 'not tested' : first
}

/** A programme in which nothing could be tested says nothing of the device. */
export function overall(results: readonly StepResult[]): StepResult {
  const result = heaviest(results)
  return result === 'not tested' ? 'inconclusive' : result
}

export const untested = (text: string): readonly Remark[] => [{ result: 'not tested', text }]
