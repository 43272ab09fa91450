import { describe, expect, test } from 'vitest'
import { checks } from '../../../src/judge/checks/index.ts'
import { crowdOf } from '../../../src/judge/crowd.ts'
import { stormOf } from '../../../src/judge/crowd-figures.ts'
import { isMark } from '../../../src/judge/history.ts'
import { judge } from '../../../src/judge/judge.ts'
import { simulated } from '../../../src/labs/simulated.ts'
import { links } from '../../../src/link/kinds/index.ts'
import type { Evidence } from '../../../src/model/evidence.ts'
import { recordedClients, type Scenario } from '../../../src/model/scenario.ts'
import { fleetProcesses, sharedOut } from '../../../src/peers/fleet/start-fleet.ts'
import { bare, play, sketch, type Trouble } from '../../sim/play.ts'

const HERE = { file: 'test', line: 1, column: 1 }

/** Thirty devices like Paho Python in virtual time, cut together. */
function scenario(
  jitter: number,
  troubles: readonly Trouble[],
  expect: readonly (readonly [string, object])[],
): Scenario {
  const options = { like: 'paho-python', rate: 1000, reconnect: { first: { ms: 1000, k: 0 }, jitter } }
  const base = sketch({
    keepaliveS: 2,
    untilMs: 30_000,
    client: 'fleet',
    clientOptions: options,
    count: 30,
    broker: 'mosquitto',
    troubles,
  })
  const expectations = expect.map(([check, params]) => ({ check, params: { ...params }, position: HERE }))
  return { ...base, client: { ...base.client, recorded: 16 }, expect: expectations }
}

const CUT: readonly Trouble[] = [{ atMs: 3000, forMs: 12_000, fault: 'blackhole' }]
const played = (
  jitter: number,
  troubles = CUT,
  expect: readonly (readonly [string, object])[] = [],
): Promise<Evidence> => play(scenario(jitter, troubles, expect))

describe('a fleet in virtual time', () => {
  test('is cut, dropped, mourned and back, and every check of single clients judges those that are recorded', async () => {
    const evidence = await played(0, CUT, [
      ['storm', { 'back-within': { ms: 8000, k: 0 } }],
      ['wills-published', {}],
      ['broker-drops-client', {}],
      ['client-gives-up', {}],
      ['will-published', {}],
      ['reconnects', {}],
    ])
    const verdict = judge(evidence, checks)
    expect(verdict.outcomes.map(({ check, result, reason }) => [check, result, reason])).toEqual(
      verdict.outcomes.map(({ check, reason }) => [check, 'pass', reason]),
    )
    const crowd = crowdOf(evidence)
    const sum = (steps: readonly number[]) => steps.reduce((a, b) => a + b, 0)
    expect(crowd.size).toBe(30)
    expect(sum(crowd.counts.accepted)).toBe(60)
    expect([sum(crowd.counts.dropped), sum(crowd.counts.wills), sum(crowd.counts.lost)]).toEqual([30, 30, 30])
    expect(crowd.brokerNoticed?.count).toBe(30)
    expect(crowd.clientNoticed?.count).toBe(30)
    expect(crowd.connected.at(-1)).toBe(30)
  })

  test('finds all devices there at time 0, also those that are not recorded', async () => {
    const { counts, fromMs, stepMs } = crowdOf(await played(0, []))
    const there = counts.accepted.map((n, i) => [fromMs + i * stepMs, n] as const).filter(([, n]) => n > 0)
    expect(there.filter(([atMs]) => atMs <= 0).reduce((all, [, n]) => all + n, 0)).toBe(30)
  })

  test('with jitter comes back with a lower peak than without', async () => {
    const peak = async (jitter: number) => {
      const evidence = await played(jitter, [{ atMs: 3000, fault: 'reset' }])
      return stormOf(crowdOf(evidence), evidence.events.filter(isMark))?.peak ?? 0
    }
    const [without, with_] = [await peak(0), await peak(1)]
    expect(without).toBe(30)
    expect(with_).toBeLessThan(30)
  })

  test('is refused where its link would have to read packets, be another one, or speak TLS', async () => {
    const lab = simulated.create(bare)
    const swallow = { atMs: 3000, fault: 'swallow', options: { packets: ['pingresp'] } }
    const elsewhere = {
      ...scenario(0, CUT, []),
      link: { ...scenario(0, CUT, []).link, name: [...links.keys()].find(name => name !== 'embedded') ?? '' },
    }
    expect(await lab.admits(scenario(0, CUT, []))).toBe(true)
    expect(await lab.admits(scenario(0, [swallow], []))).toMatchObject({
      result: 'unsupported',
      reason: expect.stringContaining('does not read its packets'),
    })
    expect(await lab.admits(elsewhere)).toMatchObject({ result: 'unsupported' })
  })
})

describe('the processes of a fleet', () => {
  test('hold every device once, and no more than may be opened', () => {
    for (const [count, files] of [
      [1, 20_000],
      [200, 1024],
      [20_000, 20_000],
      [100_000, 20_000],
    ] as const) {
      const parts = sharedOut(count, fleetProcesses(count, files))
      expect(parts.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i + 1))
      for (const part of parts) expect(part.length * 2).toBeLessThanOrEqual(files - 128)
    }
  })

  test('record some of their devices and know all others by counts', () => {
    expect(recordedClients({ count: 3 })).toBe(3)
    expect(recordedClients({ count: 20_000, recorded: 16 })).toBe(16)
  })
})
