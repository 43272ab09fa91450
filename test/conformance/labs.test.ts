/**
 * The simulation tells the truth: every bundled scenario that both labs can run comes to the same verdict in both, and what
 * is seen is seen at the same time. With a model in it only the verdict can be compared: the real peer has a phase of its own.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, vi } from 'vitest'
import type { Scenario } from '../../src/model/scenario.ts'
import { openLab, vocabulary } from '../../src/plugins.ts'
import { loadScenarios } from '../../src/scenario/load.ts'
import { test } from '../doubt/test.ts'
import { some } from '../some.ts'
import { playedSideBySide } from './paced.ts'
import { claimSameDates, claimSameVerdict, type Seen } from './same.ts'

// They wait, and what each of them does lives in processes of its own.
vi.setConfig({ maxConcurrency: 100 })

/** Real sockets and timers. */
const TOLERANCE_MS = 10

/** Messages take as long as they take, and which one took longest is chance. */
const DETECTIONS: readonly string[] = ['broker-drops-client', 'client-gives-up', 'will-published', 'reconnects']

const labs = { local: openLab('local'), simulated: openLab('simulated') }
const mostMs = TOLERANCE_MS + labs.local.kind.resolutionMs

const { scenarios, problems } = await loadScenarios(['scenarios'], vocabulary, {
  cwd: join(import.meta.dirname, '../..'),
})
const admissions = await Promise.all(
  scenarios.map(async scenario => ({
    scenario,
    refusals: [await labs.local.admits(scenario), await labs.simulated.admits(scenario)].filter(each => each !== true),
  })),
)
const both = admissions.filter(({ refusals }) => refusals.length === 0).map(({ scenario }) => scenario)
const compared = some(both)

const played = playedSideBySide('c')
const simulations = new Map<Scenario, Seen>()
beforeAll(async () => {
  // Before anything plays in real time: a simulation works as hard as it can.
  for (const scenario of compared) simulations.set(scenario, await played(scenario, labs.simulated))
  await labs.local.prepare?.(compared)
})
afterAll(async () => {
  await labs.local[Symbol.asyncDispose]()
  await labs.simulated[Symbol.asyncDispose]()
})

test('most of the bundled scenarios can be compared', () => {
  expect(problems).toEqual([])
  const skipped = admissions.flatMap(({ scenario, refusals }) =>
    refusals.map(({ reason }) => `${scenario.name}: ${reason}`),
  )
  expect(both.length, skipped.join('\n')).toBeGreaterThanOrEqual(20)
})

describe.concurrent('the same in both labs, local and simulated:', () => {
  test.for(compared.map(scenario => [scenario.name, scenario] as const))('%s', async ([, scenario], { time }) => {
    const simulated = simulations.get(scenario)
    if (!simulated) throw new Error('unreachable')
    const local = await played(scenario, labs.local)
    claimSameVerdict(time, local, simulated)
    const { broker, client } = simulated.evidence.header
    if (broker.model || client.model) return
    claimSameDates(time, local, simulated, check => (DETECTIONS.includes(check) ? { mostMs, by: 'either' } : undefined))
  })
})
