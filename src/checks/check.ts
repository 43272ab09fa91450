import type { Plugin } from '../model/plugin.ts'
import type { Outcome } from '../model/verdict.ts'
import type { History } from './history.ts'
import type { Windows } from '../timing/windows.ts'

/** What a check finds, before it is placed in the scenario. */
export type Finding = Omit<Outcome, 'check' | 'position' | 'ratio' | 'afterMs'>

/** `options` are the parameters that an expectation may give, `earliest` and `latest` among them. */
export interface Check<Params = unknown> extends Plugin<Params> {
  /** Pure. `history` is the evidence of one device. */
  judge(params: Params, history: History, windows: Windows): Finding
}
