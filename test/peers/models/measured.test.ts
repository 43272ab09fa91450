import { describe, expect, test } from 'vitest'
import { run } from '../../../src/engine/run.ts'
import { faults } from '../../../src/faults/index.ts'
import { checks } from '../../../src/judge/checks/index.ts'
import { judge } from '../../../src/judge/judge.ts'
import type { Evidence } from '../../../src/model/evidence.ts'
import type { BrokerMeasurement, ClientMeasurement } from '../../../src/model/profile.ts'
import type { Scenario } from '../../../src/model/scenario.ts'
import { openLab } from '../../../src/plugins.ts'
import { packets } from '../../engine/scenarios.ts'
import { type Sketch, sketch } from '../../sim/play.ts'
import { timesOf } from '../../sim/timeline.ts'
import { device, gateway } from '../../timing/profiles.ts'

const lab = openLab('simulated')
const K = 4000
/** One way; the least that a simulated link takes. */
const LATENCY = 0.1

interface Given extends Partial<Sketch> {
  readonly client?: string
  readonly ofClient?: ClientMeasurement
  readonly ofBroker?: BrokerMeasurement
  readonly expect?: readonly string[]
}

function scenarioOf({ ofClient, ofBroker, expect: expected = [], ...given }: Given): Scenario {
  const plain = sketch({
    keepaliveS: K / 1000,
    untilMs: 20_000,
    latencyMs: LATENCY,
    ...(ofClient && { client: 'measured' }),
    ...(ofBroker && { broker: 'measured' }),
    ...given,
  })
  return {
    ...plain,
    client: { ...plain.client, ...(ofClient && { profile: ofClient }) },
    broker: { ...plain.broker, ...(ofBroker && { profile: ofBroker }) },
    expect: expected.map(check => ({
      check,
      params: checks.get(check)?.options.parse({}) as Record<string, unknown>,
      position: plain.position,
    })),
  }
}

const play = (given: Given, seed = 1): Promise<Evidence> =>
  run(scenarioOf(given), lab, faults, { seed, runId: 'measured' })

const blackhole = (atMs: number) => ({ troubles: [{ atMs, fault: 'blackhole' }] })
const closedMs = (evidence: Evidence, by: 'client' | 'broker') =>
  timesOf(evidence, event => event.what === 'fin' && event.edge === by && event.from === by)[0] ?? Number.NaN
const lastOf = (times: readonly number[], beforeMs: number) =>
  times.filter(atMs => atMs < beforeMs).at(-1) ?? Number.NaN

describe('a measured client', () => {
  test.each([4500, 6000, 7900])('gives up just so long after the last answer, cut at %i ms', async atMs => {
    const evidence = await play({ ofClient: device(), ...blackhole(atMs) })
    const gaveUpMs = closedMs(evidence, 'client')
    const answeredMs = lastOf(packets(evidence, 'client', 'pingresp'), gaveUpMs)
    expect(gaveUpMs - answeredMs).toBeCloseTo(1.25 * K + 200, 6)
  })

  test('pings at its interval, also while it publishes', async () => {
    const ofClient = device({ ping: { k: 0.75, ms: 100, spreadMs: 5 } })
    const traffic = { publishing: { qos: 0 as const, every: { ms: 500, k: 0 } } }
    for (const given of [{}, { traffic }]) {
      const sent = packets(await play({ ofClient, ...given }), 'client', 'pingreq')
      expect(sent.length).toBe(6)
      for (const [i, atMs] of sent.entries()) expect(atMs).toBeCloseTo((i + 1) * 3100, 6)
    }
  })

  test('with a granularity gives up at its next look, and pings on time', async () => {
    const ofClient = device({ granularityMs: 1500 })
    const evidence = await play({ ofClient, ...blackhole(6000) })
    // Due 5.2 s after the answer at 4 s; it looks at each multiple of 1.5 s.
    expect(closedMs(evidence, 'client')).toBeCloseTo(10_500, 6)
    expect(packets(evidence, 'client', 'pingreq')).toEqual([4000, 8000])
  })

  test('that was never seen to give up while it publishes does not', async () => {
    const traffic = { publishing: { qos: 0 as const, every: { ms: 500, k: 0 } } }
    const ofClient = device({ whilePublishing: 'never' })
    expect(closedMs(await play({ ofClient, traffic, ...blackhole(6000) }), 'client')).toBeNaN()
    const idle = await play({ ofClient, ...blackhole(6000) })
    expect(closedMs(idle, 'client')).toBeCloseTo(4000 + 1.25 * K + 200, 6)
  })

  test('keeps to a Server Keep Alive if it was seen to, and only then', async () => {
    const pings = async (serverKeepAlive: 'honoured' | 'ignored') => {
      const imposed = {
        broker: 'mosquitto-2.0.22',
        brokerOptions: { max_keepalive: 2 },
        protocol: 5 as const,
        untilMs: 5000,
      }
      return packets(await play({ ofClient: device({ serverKeepAlive }), ...imposed }), 'client', 'pingreq')
    }
    expect(await pings('honoured')).toEqual([2000, 4000])
    expect(await pings('ignored')).toEqual([])
  })

  test('tells its application what it was seen to tell', async () => {
    const { events } = await play({ ofClient: device({ told: 'code 7' }), ...blackhole(6000) })
    expect(events.some(event => event.what === 'error' && event.note === 'code 7')).toBe(true)
  })
})

describe('a measured broker', () => {
  test('that wakes in time closes just so long after the last packet', async () => {
    const ofBroker = gateway({ granularityMs: 0 })
    const evidence = await play({ ofBroker, client: 'silent' })
    expect(closedMs(evidence, 'broker') - lastOf(packets(evidence, 'broker', 'connect'), K)).toBeCloseTo(1.6 * K, 6)
  })

  test('that looks now and then closes in the whole of its band, and nowhere else', async () => {
    const late = []
    for (let seed = 1; seed <= 40; seed++) {
      const evidence = await play({ ofBroker: gateway(), client: 'silent' }, seed)
      late.push(closedMs(evidence, 'broker') - lastOf(packets(evidence, 'broker', 'connect'), K) - 1.6 * K)
    }
    expect(Math.min(...late)).toBeGreaterThanOrEqual(-1e-6)
    expect(Math.min(...late)).toBeLessThan(60)
    expect(Math.max(...late)).toBeGreaterThan(440)
    expect(Math.max(...late)).toBeLessThanOrEqual(500)
  })

  test('publishes the will, as brokers do', async () => {
    const evidence = await play({ ofBroker: gateway(), client: 'silent' })
    expect(timesOf(evidence, ({ what }) => what === 'will')).toHaveLength(1)
  })
})

describe('in a verdict', () => {
  test('both are models, by the names and versions that were measured', async () => {
    const { header } = await play({ ofClient: device(), ofBroker: gateway() })
    expect(header.client).toEqual({ name: 'my-device', version: '1.2', model: true })
    expect(header.broker).toEqual({ name: 'my-broker', version: '1.2', model: true })
  })

  test('a client that was measured at 2.5K fails, though it does what its profile says', async () => {
    const ofClient = device({ afterAnswer: { k: 2.5, ms: 0, spreadMs: 30 } })
    const verdict = judge(await play({ ofClient, ...blackhole(4500), expect: ['client-gives-up'] }), checks)
    expect(verdict.outcomes[0]).toMatchObject({
      result: 'fail',
      reason: expect.stringMatching(/too late; .*unknown client.*a model is not judged by the profile/),
    })
  })

  test('without a profile there is no such client or broker, and the lab says why', async () => {
    const { profile: _, ...client } = scenarioOf({ ofClient: device() }).client
    const reason = expect.stringContaining('is made of a measured profile, and none is given')
    for (const name of ['simulated', 'local']) {
      const here = openLab(name)
      expect(await here.admits({ ...scenarioOf({}), client })).toMatchObject({ reason })
      expect(await here.admits({ ...scenarioOf({}), broker: { name: 'measured', options: {} } })).toMatchObject({
        reason,
      })
    }
  })
})

describe('a canary: a real client that is slower than its profile', () => {
  /** MQTT.js 5.16, real code in virtual time: 1.5K after the last answer. */
  const judged = async (k: number) => {
    const scenario = scenarioOf({ ...blackhole(4500), expect: ['client-gives-up'] })
    const profile = device({ name: 'mqttjs', version: '5.16.0', afterAnswer: { k, ms: 0, spreadMs: 10 } })
    const given = { ...scenario, client: { ...scenario.client, profile } }
    const [outcome] = judge(await run(given, lab, faults, { seed: 1, runId: 'canary' }), checks).outcomes
    return outcome
  }

  test('fails, with the profile and its date in the reason', async () => {
    expect(await judged(1.1)).toMatchObject({
      result: 'fail',
      reason: expect.stringMatching(/too late; allowed .*mqttjs 5\.16\.0 profile, measured 2026-11-22, spread 30 ms/),
    })
  })

  test('and one that is faster fails as well, where one just as fast passes', async () => {
    expect(await judged(2.7)).toMatchObject({ result: 'fail', reason: expect.stringMatching(/too early; allowed/) })
    expect(await judged(1.5)).toMatchObject({ result: 'pass' })
  })
})
