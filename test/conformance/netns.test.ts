/**
 * The relay in user space and the kernel's own firewall agree: each behaviour of idle-cut and evict comes to the same verdict in the
 * labs local and netns, and what is detected is detected within 100 ms. Each is played twice in netns: with a timer that
 * counts payload, as the relay's does, and with the kernel's connection tracking, which counts packets.
 */
import { afterAll, beforeAll, describe, expect, vi } from 'vitest'
import { available } from '../../src/labs/netns/allowed.ts'
import type { Scenario } from '../../src/model/scenario.ts'
import { openLab, vocabulary } from '../../src/plugins.ts'
import { loadScenarios } from '../../src/scenario/load.ts'
import { type Time, test } from '../doubt/test.ts'
import { some } from '../some.ts'
import { playedSideBySide } from './paced.ts'
import { claimSameDates, claimSameVerdict, type Seen } from './same.ts'

// Each has namespaces and processes of its own to be made.
vi.setConfig({ maxConcurrency: 4 })

const TOLERANCE_MS = 100

const machine = await available()
if (machine !== true && process.env.HALFOPEN_REQUIRE === 'all') throw new Error(machine.reason)

const { scenarios, problems } = await loadScenarios(['netns.yaml'], vocabulary, { cwd: import.meta.dirname })
/** Connection tracking knows no single directions. */
const tracked = scenarios.filter(({ timeline: [step] }) => {
  const fault = step?.fault
  return fault?.name === 'evict' || fault?.options.refreshed_by === 'both'
})
const named = (chosen: readonly Scenario[]) => chosen.map(scenario => [scenario.name, scenario] as const)

const counting = (scenario: Scenario, activity: string): Scenario => ({
  ...scenario,
  timeline: scenario.timeline.map(step => ({
    ...step,
    fault: { ...step.fault, options: { ...step.fault.options, activity } },
  })),
})

const withTimeoutForPort = (scenario: Scenario): Scenario => ({
  ...scenario,
  link: { ...scenario.link, name: 'firewall', options: { nat: 'none', timer: 'ct-timeout' } },
})

test('there is a scenario for every behaviour', () => {
  expect(problems).toEqual([])
  expect(scenarios.length).toBeGreaterThanOrEqual(21)
  expect(tracked.length).toBeGreaterThanOrEqual(17)
})

describe.runIf(machine === true)('the relay and the kernel agree', () => {
  const labs = { relay: openLab('local'), kernel: openLab('netns') }
  const played = playedSideBySide('n')
  const relayed = new Map<Scenario, Seen>()
  const [payload, packets] = [some(scenarios), some(tracked)]
  const port = tracked.filter(({ timeline: [step] }) => step?.fault.name === 'idle-cut').slice(0, 3)
  beforeAll(async () => {
    const relay = [...new Set([...payload, ...packets, ...port])]
    await labs.relay.prepare?.(relay)
    await Promise.all(relay.map(async scenario => relayed.set(scenario, await played(scenario, labs.relay))))
  })
  afterAll(async () => {
    await labs.relay[Symbol.asyncDispose]()
    await labs.kernel[Symbol.asyncDispose]()
  })

  async function agree(time: Time, scenario: Scenario, inKernel: Scenario): Promise<void> {
    expect(await labs.kernel.admits(inKernel)).toBe(true)
    const relay = relayed.get(scenario)
    if (!relay) throw new Error('unreachable')
    const kernel = await played(inKernel, labs.kernel)
    claimSameVerdict(time, relay, kernel)
    claimSameDates(time, relay, kernel, () => ({ mostMs: TOLERANCE_MS, by: 'either' }))
  }

  describe.concurrent('each in its own way', () => {
    test.for(named(payload))('counting payload: %s', ([, scenario], { time }) => agree(time, scenario, scenario))

    test.for(named(packets))('counting packets: %s', ([, scenario], { time }) =>
      agree(time, scenario, counting(scenario, 'packet')),
    )

    test.for(named(port))('with a time-out for the port alone: %s', ([, scenario], { time }) =>
      agree(time, scenario, withTimeoutForPort(counting(scenario, 'packet'))),
    )
  })
})
