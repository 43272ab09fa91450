/**
 * The simulation tells the truth: every bundled scenario that both labs can run comes to the same verdict in both, and what
 * is seen is seen at the same time. With a model in it only the verdict can be compared: the real peer has a phase of its own.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../../src/engine/run.ts'
import { judge } from '../../src/judge/judge.ts'
import type { Lab } from '../../src/labs/lab.ts'
import type { Scenario } from '../../src/model/scenario.ts'
import type { Outcome, Verdict } from '../../src/model/verdict.ts'
import { checks, faults, openLab, vocabulary } from '../../src/plugins.ts'
import { loadScenarios } from '../../src/scenario/load.ts'

/** Real sockets, timers and a busy event loop. */
const TOLERANCE_MS = 10
/** First many at once, since they mostly wait; what differs is played again with fewer, since it may have been the load. */
const AT_ONCE = [60, 8, 2]

/** Messages take as long as they take, and which one took longest is chance. */
const DETECTIONS: readonly string[] = ['broker-drops-client', 'client-gives-up', 'will-published', 'reconnects']

interface Compared {
  readonly scenario: Scenario
  readonly model: boolean
  readonly local: Verdict
  readonly simulated: Verdict
}

let compared: Compared[] = []
const skipped: string[] = []
const labs: { local: Lab; simulated: Lab } = { local: openLab('local'), simulated: openLab('simulated') }

beforeAll(async () => {
  let scenarios = await comparable()
  for (const atOnce of AT_ONCE) {
    compared = [
      ...compared.filter(({ scenario }) => !scenarios.includes(scenario)),
      ...(await compareAll(scenarios, atOnce)),
    ]
    scenarios = compared.filter(each => differences(each).length > 0).map(({ scenario }) => scenario)
  }
}, 240_000)

afterAll(async () => {
  await labs.local[Symbol.asyncDispose]()
  await labs.simulated[Symbol.asyncDispose]()
})

async function comparable(): Promise<Scenario[]> {
  const root = join(import.meta.dirname, '../..')
  const { scenarios, problems } = await loadScenarios(['scenarios'], vocabulary, { cwd: root })
  expect(problems).toEqual([])
  const admitted: Scenario[] = []
  for (const scenario of scenarios) {
    const admissions = [await labs.local.admits(scenario), await labs.simulated.admits(scenario)]
    const refusal = admissions.find(admission => admission !== true)
    if (refusal) skipped.push(`${scenario.name}: ${refusal.reason}`)
    else admitted.push(scenario)
  }
  return admitted
}

async function compareAll(scenarios: readonly Scenario[], atOnce: number): Promise<Compared[]> {
  const queue = [...scenarios]
  const done: Compared[] = []
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) done.push(await compare(next))
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return done
}

let runs = 0

async function compare(scenario: Scenario): Promise<Compared> {
  const options = { seed: 1, runId: `c${process.pid.toString(36)}${(++runs).toString(36)}` }
  const local = await run(scenario, labs.local, faults, options)
  const simulated = await run(scenario, labs.simulated, faults, options)
  const model = Boolean(simulated.header.broker.model ?? simulated.header.client.model)
  return { scenario, model, local: judge(local, checks), simulated: judge(simulated, checks) }
}

function differences({ scenario, model, local, simulated }: Compared): string[] {
  if (local.result !== simulated.result)
    return [`${scenario.name}: ${reasons(local)}\nbut simulated ${reasons(simulated)}`]
  if (model) return []
  const mostMs = TOLERANCE_MS + labs.local.kind.resolutionMs
  return local.outcomes.flatMap((outcome, index) => {
    const other = simulated.outcomes[index]
    if (!DETECTIONS.includes(outcome.check) || (other && distanceMs(outcome, other) <= mostMs)) return []
    return [moment(scenario, outcome, other)]
  })
}

test('most of the bundled scenarios can be compared', () => {
  expect(compared.length, skipped.join('\n')).toBeGreaterThanOrEqual(20)
})

test(`verdicts are the same, and detections within ${TOLERANCE_MS} ms and the local lab's resolution`, () => {
  expect(compared.flatMap(differences)).toEqual([])
})

const reasons = ({ result, outcomes, troubles }: Verdict): string =>
  [result, ...outcomes.map(({ check, reason }) => `${check}: ${reason}`), ...troubles].join('\n')

/**
 * 0 where neither saw anything, infinite where only one did. By the anchor or by the date: where client and broker notice
 * within a few milliseconds of each other, which one was first, and so the anchor, is chance on real sockets.
 */
const distanceMs = (one: Outcome, other: Outcome): number =>
  Math.min(apartMs(one.afterMs, other.afterMs), apartMs(one.seenMs, other.seenMs))

const apartMs = (one: number | null, other: number | null): number =>
  one === null || other === null ? (one === other ? 0 : Infinity) : Math.abs(one - other)

const moment = ({ name }: Scenario, local: Outcome, simulated: Outcome | undefined): string =>
  `${name}, ${local.check}: ${local.afterMs} ms after ${local.sinceMs} in local, ${simulated?.afterMs} ms after ${simulated?.sinceMs} in simulated`
