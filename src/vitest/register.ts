import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, type TestContext, test } from 'vitest'
import { monotonicMs } from '../clock/real.ts'
import type { DateOfMachine } from '../clock/wall-clock.ts'
import { watchThread } from '../engine/standing.ts'
import { watchHosts } from '../hosts/host.ts'
import type { Lab, LabSettings } from '../labs/lab.ts'
import type { SourcePosition } from '../model/scenario.ts'
import type { Catalog } from '../plugins.ts'
import { inTurn } from '../processes/pool.ts'
import { settled } from '../processes/reaper.ts'
import { complaints } from '../reporters/failure.ts'
import { lengthMs } from '../reporters/progress.ts'
import { resultOf } from '../reporters/reporter.ts'
import { whySkipped } from '../reporters/skipped.ts'
import { harmless } from '../text/harmless.ts'
import { lineup } from './lineup.ts'
import type { HalfopenMeta, OrderPart, PlayedOrder } from './order.ts'
import { pace } from './pace.ts'
import { playUntilTold, replays, slower } from './replay.ts'

interface Conclusion extends Blame {
  /** Skips are failures. */
  readonly requireAll: boolean
}

/** Turns what a scenario came to into what a test does: return, skip with the reason, or throw. */
function conclude(played: PlayedOrder, context: TestContext, { requireAll, ...blame }: Conclusion): void {
  const why = harmless(whySkipped(played.report))
  if (why) {
    const note = why.remedy === undefined ? why.reason : `${why.reason} (to run it: ${why.remedy})`
    if (requireAll) throw new Error(`skipped, though HALFOPEN_REQUIRE=all: ${note}`)
    context.skip(note)
  }
  if (resultOf(played.report) !== 'pass') throw new ScenarioError(played, blame)
}

/** Where the stack of an error points. */
interface Blame {
  /** Positions in scenario files count from here. */
  readonly cwd: string
  /** Stack frames of whoever asked for the scenario. */
  readonly caller: readonly string[]
}

/**
 * A scenario that did not pass, as a test runner's error. Its stack starts at the expectations that were not met,
 * so that code frames and annotations point into the scenario file; then comes `caller`, who asked for the scenario.
 */
export class ScenarioError extends Error {
  /** Of a failure only: Allure calls an error with it `failed`, as it does an assertion's, and any other `broken`. */
  declare readonly expected?: string

  constructor(played: PlayedOrder, { cwd, caller }: Blame) {
    const report = harmless(played.report)
    const { verdict, scenario, evidence } = report
    const bad = complaints(report)
    const lines = [
      ...(verdict?.troubles ?? []),
      ...(verdict?.notes ?? []).map(note => `note: ${note}`),
      ...bad.map(({ check, reason }) => `${check}: ${reason}`),
      ...(evidence === undefined ? [] : [`evidence: ${evidence}`]),
    ]
    super(lines.join('\n'))
    this.name = resultOf(report) === 'fail' ? 'ScenarioFailed' : 'ScenarioInconclusive'
    if (this.name === 'ScenarioFailed') this.expected = 'pass'
    const frames = bad.map(({ check, position }) => frame(check, position, cwd))
    if (frames.length === 0) frames.push(frame('scenario', scenario.position, cwd))
    this.stack = [`${this.name}: ${this.message}`, ...frames, ...caller].join('\n')
  }
}

const frame = (what: string, { file, line, column }: SourcePosition, cwd: string): string =>
  `    at ${what} (${resolve(cwd, file)}:${line}:${column})`

interface Registration {
  readonly parts: readonly OrderPart[]
  readonly catalog: Catalog
  readonly labSettings?: LabSettings
  /** Which of the parts are registered here; all, where absent. */
  readonly only?: (part: OrderPart) => boolean
  readonly seed: number
  readonly requireAll: boolean
  readonly replays: number
  readonly signal: AbortSignal
  /** Scenarios at once, where that is fewer than vitest begins. */
  readonly atOnce?: number
  /** The moment of time 0, on all machines that play parts of a fleet. */
  readonly startAt?: DateOfMachine
  /** Positions in scenario files count from here. */
  readonly cwd: string
  /** Stack frames of whoever asked for the scenarios. */
  readonly caller: readonly string[]
}

/** Starting brokers and clients comes before CONNACK, and ending them after `until`. Containers take longest. */
const AROUND_MS = 120_000
/** setTimeout takes no more (Node: 2^31 - 1); a scenario that lasts longer is virtual, and takes little time. */
const LONGEST_MS = 2 ** 31 - 1

/** One of each for all suites of a thread: they are played together. */
const speed = pace()
const line = lineup(undefined, speed)
const repeats = replays()
/** Waiting for a turn takes as long as the others do. */
const QUEUE_MS = 3_600_000

/** Scenarios as concurrent tests, one `describe` per file, in labs that end with the last of them. */
export function registerScenarios(registration: Registration): void {
  const labs = new Map<string, Lab>()
  const theLab: TheLab = (name, settings = registration.labSettings) => {
    const key = JSON.stringify([name, settings])
    const lab = labs.get(key) ?? registration.catalog.openLab(name, settings)
    labs.set(key, lab)
    return lab
  }
  const { atOnce } = registration
  const inTurns: InTurns = atOnce === undefined ? act => act() : inTurn(atOnce)
  let unwatch = () => {}
  beforeAll(async () => {
    const stops = [watchThread(speed.restless), watchHosts(speed.restless)]
    unwatch = () => {
      for (const stop of stops) stop()
    }
    const chosen = registration.parts.filter(registration.only ?? (() => true))
    const labNames = new Set(chosen.map(({ lab }) => lab))
    for (const name of labNames)
      await theLab(name).prepare?.(chosen.filter(({ lab }) => lab === name).map(({ scenario }) => scenario))
  }, AROUND_MS)
  afterAll(async () => {
    unwatch()
    for (const lab of labs.values()) await lab[Symbol.asyncDispose]()
    // vitest ends this thread next.
    await settled()
  }, AROUND_MS)

  for (const [file, numbers] of byFile(registration)) {
    describe.concurrent(harmless(file), () => {
      for (const number of numbers) registerOne(number, registration, { lab: theLab, inTurns })
    })
  }
}

/** One of each name and settings. */
type TheLab = (name: string, settings?: LabSettings) => Lab

type InTurns = <T>(act: () => Promise<T>) => Promise<T>

interface Stages {
  readonly lab: TheLab
  readonly inTurns: InTurns
}

function registerOne(number: number, registration: Registration, { lab, inTurns }: Stages): void {
  const {
    parts,
    catalog,
    seed,
    signal,
    requireAll,
    replays: most,
    caller,
    cwd,
    labSettings,
    atOnce,
    startAt,
  } = registration
  const part = parts[number]
  if (!part) return
  const waitMs = startAt ? Math.max(0, startAt.monotonicMs - monotonicMs()) : 0
  const timeout =
    waitMs + (1 + most) * (lengthMs(part.scenario) + AROUND_MS) + (most > 0 || atOnce !== undefined ? QUEUE_MS : 0)
  const options = { timeout: Math.min(timeout, LONGEST_MS), meta: { halfopenPart: number } as object }
  test(part.scenario.name, options, async context => {
    if (signal.aborted) context.skip('stopped')
    const signals = AbortSignal.any([signal, context.signal])
    const stage = { lab: lab(part.lab), catalog, lineup: line, seed, signal: signals, startAt }
    const again = () => ({ ...stage, lab: lab(part.lab, slower(part, catalog, labSettings)) })
    const played = await inTurns(() => playUntilTold(part, stage, { again, most, repeats }))
    if (signal.aborted) context.skip('stopped')
    const { earlier = [] } = played.report
    if (earlier.length > 0)
      await context.annotate(`played ${earlier.length + 1} times: ${earlier[0]?.reason}`, 'replay')
    for (const note of played.report.verdict?.notes ?? []) await context.annotate(harmless(note), 'note')
    ;(context.task.meta as HalfopenMeta).halfopen = played
    conclude(played, context, { requireAll, caller, cwd })
  })
}

function byFile({ parts, only = () => true }: Registration): Map<string, number[]> {
  const files = new Map<string, number[]>()
  for (const [number, part] of parts.entries()) {
    if (!only(part)) continue
    const { file } = part.scenario.position
    files.set(file, [...(files.get(file) ?? []), number])
  }
  return files
}
