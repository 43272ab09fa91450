/**
 * halfopen's front door, for those who drive it from code (load scenarios, run them in a lab, judge what was seen), configure it, or
 * write plug-ins for it (docs/plugins.md).
 */
import { randomBytes } from 'node:crypto'
import { run as runIn } from './engine/run.ts'
import { judge as judgeBy } from './judge/judge.ts'
import type { Lab } from './labs/lab.ts'
import type { Evidence } from './model/evidence.ts'
import type { Vocabulary } from './model/plugin.ts'
import type { Scenario } from './model/scenario.ts'
import type { Verdict } from './model/verdict.ts'
import type { PluginSet } from './plugin-set.ts'
import { builtIn, type Catalog, catalogOf } from './plugins.ts'
import { type LoadedFiles, loadScenarios as loadWith } from './scenario/load.ts'
import { scenarioJsonSchema } from './scenario/scenario-schema.ts'

export { type Config, defineConfig } from './config.ts'
export * from './contracts.ts'
export { readEvidence } from './evidence/read-evidence.ts'
export { writeEvidence } from './evidence/write.ts'
export type { DurationInput } from './model/duration.ts'
export { type Duration, formatDuration, parseDuration } from './model/duration.ts'
export type { Event } from './model/event.ts'
export type { Evidence, EvidenceHeader } from './model/evidence.ts'
export type { Scenario } from './model/scenario.ts'
export type { Outcome, Result, Verdict, Window } from './model/verdict.ts'
export { definePlugins, PluginError, type PluginSet } from './plugin-set.ts'
export { vocabulary } from './plugins.ts'
export {
  type BrokerInput,
  type CheckInput,
  type ClientInput,
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
export { type FaultInForce, type HalfopenLink, type LinkToOptions, startLink } from './start-link.ts'

/** Plug-ins of other packages beside halfopen's own. Each call throws a `PluginError` where one of them can't be taken. */
export interface Plugged {
  readonly plugins?: readonly PluginSet[]
}

const catalogs = new WeakMap<readonly PluginSet[], Catalog>()

/** One for each list, since schemas are made once for each catalog. */
function catalogFor({ plugins }: Plugged): Catalog {
  if (plugins === undefined || plugins.length === 0) return builtIn
  const catalog = catalogs.get(plugins) ?? catalogOf(plugins)
  catalogs.set(plugins, catalog)
  return catalog
}

/** In which catalog a lab was opened. */
const openedIn = new WeakMap<Lab, Catalog>()

/** Disposing it ends what lives in it. Throws where no lab is called so. */
export function openLab(name: string, options: Plugged = {}): Lab {
  const catalog = catalogFor(options)
  const lab = catalog.openLab(name)
  openedIn.set(lab, catalog)
  return lab
}

/** Scenarios of files, directories and globs, or all of their problems. It rejects for neither. */
export const loadScenarios = (
  patterns: string | readonly string[],
  { cwd = process.cwd(), ...plugged }: Plugged & { readonly cwd?: string } = {},
): Promise<LoadedFiles> => loadWith([patterns].flat(), catalogFor(plugged).vocabulary, { cwd })

export interface RunOptions extends Plugged {
  /** Repeats the chances of an earlier run. */
  readonly seed?: number
  /** Ends the run early, with all that it started. */
  readonly signal?: AbortSignal
}

/**
 * Plays a scenario in a lab (`await using lab = openLab('local')`). It never rejects for what happens in the run: whatever goes wrong is
 * in the evidence, with which no verdict can be a pass. Ask `lab.admits(scenario)` first whether it can be played there. Plug-ins that
 * the lab was opened with need not be given again.
 */
export function run(scenario: Scenario, lab: Lab, { seed, signal, ...plugged }: RunOptions = {}): Promise<Evidence> {
  const catalog = plugged.plugins ? catalogFor(plugged) : (openedIn.get(lab) ?? builtIn)
  return runIn(scenario, lab, catalog.faults, {
    seed: seed ?? randomBytes(4).readUInt32BE(),
    runId: randomBytes(4).toString('hex'),
    ...(signal ? { signal } : {}),
  })
}

/** Pure: the same evidence always gets the same verdict, from the same plug-ins. */
export function judge(evidence: Evidence, options: Plugged = {}): Verdict {
  const { checks, faults } = catalogFor(options)
  return judgeBy(evidence, checks, faults)
}

/** Every name that a scenario may use. */
export const vocabularyOf = (options: Plugged): Vocabulary => catalogFor(options).vocabulary

/** The JSON Schema (draft 7) of scenario files, for editors. */
export const scenarioSchema = (options: Plugged = {}): object => scenarioJsonSchema(catalogFor(options).vocabulary)
