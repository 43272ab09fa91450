import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { RawFiles } from '../clock/kit.ts'
import type { DateOfMachine } from '../clock/wall-clock.ts'
import type { LabSettings } from '../labs/lab.ts'
import type { Scenario } from '../model/scenario.ts'
import type { ScenarioReport } from '../model/verdict.ts'
import { onlyOnce, slugOf } from '../text/slug.ts'

/** One file name per scenario, from its name; told apart by number where two come to the same. */
export function slugs(scenarios: readonly Scenario[]): string[] {
  const unique = onlyOnce()
  return scenarios.map(({ name }) => unique(slugOf(name)))
}

/** One scenario's place in a run. */
export interface OrderPart {
  readonly scenario: Scenario
  /** Where it is played. */
  readonly lab: string
  /** Part of every client id and topic, so unique among what runs on this machine. */
  readonly runId: string
  /** Where its evidence goes; absent where none can be saved. */
  readonly evidenceFile?: string
  /** Where what is no evidence goes; absent: nowhere. */
  readonly raw?: RawFiles
}

/** What `halfopen run` hands to the suite in vitest's worker thread. Plain data. */
export interface SuiteOrder {
  readonly parts: readonly OrderPart[]
  /** The project's config, which each thread loads for itself: plug-ins are functions, and can't be handed over. */
  readonly project?: string
  /** What the command line gives for the lab: see `LabKind.create`. */
  readonly labSettings?: LabSettings
  readonly seed: number
  /** The moment of time 0, on all machines that play parts of a fleet. */
  readonly startAt?: DateOfMachine
  /** Skips are failures. */
  readonly requireAll: boolean
  /** How often a scenario is played again that the machine spoilt. */
  readonly replays: number
  /** Name of the BroadcastChannel that says stop, and asks whether the thread that plays is at work. */
  readonly stop: string
}

/** Said on its channel, which all threads of a suite hear: to end, a question whether a thread still answers, and its answer. */
export const STOP = 'stop'
export const PING = 'ping'
export const PONG = 'here'

/** What comes back of one scenario. */
export interface PlayedOrder {
  readonly report: ScenarioReport
  /** Why its evidence could not be saved. */
  readonly unsaved?: string
}

interface OrderOptions {
  /** For every scenario; where absent, each is played in a lab that it was made for. */
  readonly lab?: string
  /** For those that were made for no lab in particular; absent: `local`. */
  readonly defaultLab?: string
  /** Only these of the list, by their places in it; absent: all. What they are called is the same either way. */
  readonly places?: readonly number[]
  readonly seed: number
  /** Where evidence goes; absent where none can be saved. */
  readonly dir?: string
  readonly replays?: number
  readonly project?: string
  readonly labSettings?: LabSettings
  readonly startAt?: DateOfMachine | undefined
  /** Where what is no evidence goes, by the name of the scenario's evidence; absent: nowhere. */
  readonly rawOf?: ((name: string) => RawFiles) | undefined
}

export const REPLAYS = 2

/** `HALFOPEN_REQUIRE=all` is for CI that has installed everything: then no skip goes unnoticed. */
export function orderFor(
  scenarios: readonly Scenario[],
  {
    lab,
    defaultLab,
    places = [...scenarios.keys()],
    seed,
    dir,
    replays = REPLAYS,
    project,
    labSettings,
    startAt,
    rawOf,
  }: OrderOptions,
): SuiteOrder {
  const names = slugs(scenarios)
  // Short: MQTT 3.1.1 promises a client id 23 characters ([MQTT-3.1.3-5]).
  const run = randomBytes(3).toString('hex')
  return {
    seed,
    ...(project === undefined ? {} : { project }),
    ...(labSettings === undefined ? {} : { labSettings }),
    ...(startAt && { startAt }),
    replays,
    requireAll: process.env.HALFOPEN_REQUIRE === 'all',
    stop: `halfopen-stop-${run}`,
    parts: places.flatMap(place => {
      const scenario = scenarios[place]
      if (!scenario) return []
      return {
        scenario,
        lab: lab ?? labOf(scenario, defaultLab),
        runId: `${run}${place.toString(36)}`,
        ...(dir === undefined ? {} : { evidenceFile: join(dir, `${names[place]}.ndjson`) }),
        ...(rawOf && { raw: rawOf(names[place] ?? '') }),
      }
    }),
  }
}

/** The default one, unless the scenario was made for others. */
export const labOf = ({ lab: labs = [] }: Scenario, byDefault: string = LOCAL): string =>
  labs.length === 0 || labs.includes(byDefault) ? byDefault : labs.includes(LOCAL) ? LOCAL : (labs[0] ?? LOCAL)
const LOCAL = 'local'

/** `local`, or `local, simulated`. */
export const labsOf = ({ parts }: SuiteOrder): string => [...new Set(parts.map(({ lab }) => lab))].join(', ')

declare module 'vitest' {
  interface ProvidedContext {
    halfopen: SuiteOrder
  }
}

/** What our tests carry in `task.meta`. vitest's own type for it can't be widened from outside of @vitest/runner. */
export interface HalfopenMeta {
  /** Number of the scenario in its suite, from 0. */
  readonly halfopenPart: number
  /** Once it has been played. */
  halfopen?: PlayedOrder
}
