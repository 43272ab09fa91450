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
/** In steps, so that the machine's own load is no part of the comparison. */
const AT_ONCE = 12

interface Compared {
  readonly scenario: Scenario
  readonly model: boolean
  readonly local: Verdict
  readonly simulated: Verdict
}

const compared: Compared[] = []
const skipped: string[] = []
const labs: { local: Lab; simulated: Lab } = { local: openLab('local'), simulated: openLab('simulated') }

beforeAll(async () => {
  const { scenarios, problems } = await loadScenarios(['scenarios'], vocabulary, { cwd: join(import.meta.dirname, '../..') })
  expect(problems).toEqual([])
  const queue = [...scenarios.entries()]
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await compare(next[1], next[0])
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}, 240_000)

afterAll(async () => {
  await labs.local[Symbol.asyncDispose]()
  await labs.simulated[Symbol.asyncDispose]()
})

async function compare(scenario: Scenario, number: number): Promise<void> {
  for (const lab of [labs.simulated, labs.local]) {
    const admitted = await lab.admits(scenario)
    if (admitted !== true) return void skipped.push(`${scenario.name}: ${admitted.reason}`)
  }
  const options = { seed: number + 1, runId: `c${process.pid.toString(36)}${number}` }
  const local = await run(scenario, labs.local, faults, options)
  const simulated = await run(scenario, labs.simulated, faults, options)
  const model = Boolean(simulated.header.broker.model ?? simulated.header.client.model)
  compared.push({ scenario, model, local: judge(local, checks), simulated: judge(simulated, checks) })
}

test('most of the bundled scenarios can be compared', () => {
  expect(compared.length, skipped.join('\n')).toBeGreaterThanOrEqual(20)
})

test('every verdict is the same', () => {
  const different = compared
    .filter(({ local, simulated }) => local.result !== simulated.result)
    .map(({ scenario, local, simulated }) => ({ name: scenario.name, local: reasons(local), simulated: reasons(simulated) }))
  expect(different).toEqual([])
})

test(`every moment that a check saw is the same within ${TOLERANCE_MS} ms and the local lab's resolution`, () => {
  const mostMs = TOLERANCE_MS + labs.local.kind.resolutionMs
  const different = compared
    .filter(({ model }) => !model)
    .flatMap(({ scenario, local, simulated }) =>
      local.outcomes.flatMap((outcome, index) => {
        const other = simulated.outcomes[index]
        return other && distanceMs(outcome, other) <= mostMs ? [] : [moment(scenario, outcome, other)]
      }),
    )
  expect(different).toEqual([])
})

const reasons = ({ result, outcomes, troubles }: Verdict): string =>
  [result, ...outcomes.map(({ check, reason }) => `${check}: ${reason}`), ...troubles].join('\n')

/** 0 where neither saw anything, infinite where only one did. */
const distanceMs = ({ afterMs: one }: Outcome, { afterMs: other }: Outcome): number =>
  one === null || other === null ? (one === other ? 0 : Infinity) : Math.abs(one - other)

const moment = ({ name }: Scenario, local: Outcome, simulated: Outcome | undefined): string =>
  `${name}, ${local.check}: ${local.afterMs} ms after ${local.sinceMs} in local, ${simulated?.afterMs} ms after ${simulated?.sinceMs} in simulated`
