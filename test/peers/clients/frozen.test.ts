/** `freeze: { peer: client }` on real processes: one of ours that gets a process of its own, and a program of somebody else's. */
import { join } from 'node:path'
import { describe } from 'vitest'
import { checks } from '../../../src/judge/checks/index.ts'
import { judge } from '../../../src/judge/judge.ts'
import type { Scenario } from '../../../src/model/scenario.ts'
import { options } from '../../../src/peers/clients/command.ts'
import { it } from '../../doubt/test.ts'
import { dateOf, ends, packets, playLocally, scenarioOf, step } from '../../engine/scenarios.ts'

const DEVICE = `node ${join(import.meta.dirname, 'device.cjs')}`
const program: Partial<Scenario['client']> = {
  name: 'command',
  options: options.parse({ command: DEVICE }) as Record<string, unknown>,
}
const mqttjs: Partial<Scenario['client']> = {}
const expectations = ['broker-drops-client', 'reconnects'].map(check => ({
  check,
  params: {},
  position: { file: 'test.yaml', line: 1, column: 1 },
}))

describe.concurrent('a client that is stopped for 6 s at K = 2 s', () => {
  it.for([
    ['mqttjs', mqttjs],
    ['a program', program],
  ] as const)('is dropped, and comes back when it runs again: %s', async ([, client], { expect, time }) => {
    const frozen = step('3s', 'freeze', { peer: 'client' }, '6s')
    const scenario = scenarioOf({ client, timeline: [frozen], expect: expectations, until: '14s' })
    const evidence = await playLocally(scenario)
    const verdict = time.judged(judge(evidence, checks))
    expect(verdict).toMatchObject({ result: 'pass', troubles: [] })
    const [frozenMs, thawedMs] = [dateOf(evidence, 'client', 'frozen'), dateOf(evidence, 'client', 'thawed')]
    expect(thawedMs - frozenMs).toBeGreaterThan(5000)
    const sent = packets(evidence, 'client', 'pingreq').filter(atMs => atMs > frozenMs + 50 && atMs < thawedMs)
    expect(sent).toEqual([])
    expect(ends(evidence, 'broker', 'broker')[0]).toBeLessThan(thawedMs)
  })
})
