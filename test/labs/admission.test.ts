import { describe, expect, it } from 'vitest'
import { local } from '../../src/labs/local.ts'
import type { Scenario } from '../../src/model/scenario.ts'
import { peers, scenarioOf, step } from '../engine/scenarios.ts'

const admits = (given: Partial<Parameters<typeof scenarioOf>[0]>) =>
  local.create(peers).admits(scenarioOf({ until: '1s', ...given }))

describe('the local lab', () => {
  it('admits what it can do', async () => {
    expect(await admits({})).toBe(true)
    expect(await admits({ timeline: [step('1s', 'blackhole'), step('2s', 'reset', { side: 'client' })] })).toBe(true)
  })

  const unsupported: readonly [string, Partial<Scenario>, RegExp][] = [
    ['a frozen Aedes', { timeline: [step('1s', 'freeze')] }, /the broker aedes can't be frozen/],
    ['an Aedes that comes back', { timeline: [step('1s', 'kill', {}, '1s')] }, /the broker aedes can't be killed/],
    ['a scenario for other labs', { lab: ['simulated'] }, /for the lab simulated/],
  ]
  it.each(unsupported)('does not approximate %s', async (_what, given, reason) => {
    expect(await admits(given as object)).toMatchObject({
      result: 'unsupported',
      reason: expect.stringMatching(reason),
    })
  })

  it('does not speak MQTT 5 with Aedes, nor publish with a silent client', async () => {
    expect(await admits({ client: { protocol: 5 } })).toMatchObject({ reason: 'aedes does not speak MQTT 5.0' })
    const traffic = { publishing: { qos: 0 as const, every: { ms: 1, k: 0 } } }
    expect(await admits({ client: { name: 'silent', traffic } })).toMatchObject({ result: 'unsupported' })
  })

  it('says what is missing on this machine, and what would add it', async () => {
    expect(await admits({ client: { options: { module: 'no-such-mqtt' } } })).toMatchObject({
      result: 'missing',
      remedy: expect.stringContaining('npm install'),
    })
  })
})
