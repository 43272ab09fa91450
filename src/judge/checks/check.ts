import type { Runner } from '../../model/event.ts'
import type { Plugin } from '../../model/plugin.ts'
import type { Outcome } from '../../model/verdict.ts'
import type { Windows } from '../../timing/windows.ts'
import type { History } from '../history.ts'

/** What a check finds, before it is placed in the scenario. */
export interface Finding extends Omit<Outcome, 'check' | 'position' | 'ratio' | 'afterMs'> {
  /** Of what was not seen: up to when it could have been; absent: the end of the run. */
  readonly watchedMs?: number
  /** No delay explains it, however long anybody stood still. */
  readonly beyondDelay?: true
  /** What it was dated before the cause it counts from: the same at the moment of that cause, since nothing happens before. */
  readonly atCause?: Finding
  /** Whose standstills can be behind it, where it is fewer than the check says. */
  readonly actors?: readonly Runner[]
}

/**
 * What becomes of a finding where the run's control failed (the connection was not healthy before the fault, or the
 * fault never bit). `all`: nothing can be said. `pass`: a pass proves nothing, but a fail stands. `absence`: as `pass`, and a fail
 * since something did not happen proves nothing either. `none`: the check judges the healthy part itself.
 */
export type NeedsControl = 'all' | 'pass' | 'absence' | 'none'

/** `options` are the parameters that an expectation may give, `earliest` and `latest` among them. */
export interface Check<Params = unknown> extends Plugin<Params> {
  /** A short word for its figure in a report: `broker 3.00 s`; absent: its name. */
  readonly label?: string
  readonly needsControl: NeedsControl
  /** Whose standstills can make what it waits for late; absent: anybody's but the timeline's. */
  readonly actors?: readonly Runner[]
  /** It judges all clients together (`history.crowd`), once; absent: each by itself. */
  readonly whole?: true
  /** Pure. `history` is the evidence of one device. */
  judge(params: Params, history: History, windows: Windows): Finding
}
