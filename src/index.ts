/** halfopen's front door, for those who drive it from code: load scenarios, run them in a lab, judge what was seen. */
import { randomBytes } from 'node:crypto'
import { run as runIn } from './engine/run.ts'
import { judge as judgeBy } from './judge/judge.ts'
import type { Lab } from './labs/lab.ts'
import type { Evidence } from './model/evidence.ts'
import type { Scenario } from './model/scenario.ts'
import type { Verdict } from './model/verdict.ts'
import { checks, faults, vocabulary } from './plugins.ts'
import { type LoadedFiles, loadScenarios as loadWith } from './scenario/load.ts'

export { readEvidence } from './evidence/read.ts'
export { writeEvidence } from './evidence/write.ts'
export type { Admission, Lab } from './labs/lab.ts'
export { type Duration, formatDuration, parseDuration } from './model/duration.ts'
export type { Event } from './model/event.ts'
export type { Evidence, EvidenceHeader } from './model/evidence.ts'
export type { Scenario } from './model/scenario.ts'
export type { Outcome, Result, Verdict, Window } from './model/verdict.ts'
export { openLab, vocabulary } from './plugins.ts'
export {
  type BrokerInput,
  type CheckInput,
  type ClientInput,
  type DurationInput,
  defineScenario,
  type FaultInput,
  type LinkInput,
  type ScenarioInput,
} from './scenario/define.ts'
export { formatProblems } from './scenario/format.ts'
export type { LoadedFiles } from './scenario/load.ts'
export type { Problem } from './scenario/problem.ts'
export type {
  BrokerOptions,
  CheckOptions,
  ClientOptions,
  FaultOptions,
  Labs,
  LinkOptions,
} from './scenario/vocabulary-types.ts'

/** Scenarios of files, directories and globs, or all of their problems. It rejects for neither. */
export const loadScenarios = (
  patterns: string | readonly string[],
  { cwd = process.cwd() }: { readonly cwd?: string } = {},
): Promise<LoadedFiles> => loadWith([patterns].flat(), vocabulary, { cwd })

export interface RunOptions {
  /** Repeats the chances of an earlier run. */
  readonly seed?: number
  /** Ends the run early, with all that it started. */
  readonly signal?: AbortSignal
}

/**
 * Plays a scenario in a lab (`await using lab = openLab('local')`). It never rejects: whatever goes wrong is in the
 * evidence, with which no verdict can be a pass. Ask `lab.admits(scenario)` first whether it can be played there.
 */
export const run = (scenario: Scenario, lab: Lab, { seed, signal }: RunOptions = {}): Promise<Evidence> =>
  runIn(scenario, lab, faults, {
    seed: seed ?? randomBytes(4).readUInt32BE(),
    runId: randomBytes(4).toString('hex'),
    ...(signal ? { signal } : {}),
  })

/** Pure: the same evidence always gets the same verdict. */
export const judge = (evidence: Evidence): Verdict => judgeBy(evidence, checks)
