import { describe, expect } from 'vitest'
import { checks } from '../../src/judge/checks/index.ts'
import { judge } from '../../src/judge/judge.ts'
import { local } from '../../src/labs/local.ts'
import type { Scenario } from '../../src/model/scenario.ts'
import type { Outcome, Verdict } from '../../src/model/verdict.ts'
import { it, type Time } from '../doubt/test.ts'
import { packets, peers, playLocally, scenarioOf, step } from '../engine/scenarios.ts'
import { deafBroker } from './deaf-broker.ts'
import { pinger } from './pinger.ts'

const withBadOnes = {
  ...peers,
  brokers: new Map([...peers.brokers, [deafBroker.name, deafBroker]]),
  clients: new Map([...peers.clients, [pinger.name, pinger]]),
}

const expecting = (...names: readonly string[]): Scenario['expect'] =>
  names.map(check => {
    const params = checks.get(check)?.options.parse({}) as Readonly<Record<string, unknown>> | undefined
    if (!params) throw new Error(`no check is called ${check}`)
    return { check, params, position: { file: 'canary.yaml', line: 1, column: 1 } }
  })

/** What the machine spoilt is no verdict. */
async function judged(scenario: Scenario, time: Time) {
  const lab = local.create(withBadOnes)
  const evidence = await playLocally(scenario, lab)
  await lab[Symbol.asyncDispose]()
  return { evidence, verdict: time.judged(judge(evidence, checks)) }
}

const outcome = ({ outcomes, troubles }: Verdict, check: string): Outcome => {
  expect(troubles).toEqual([])
  const found = outcomes.find(candidate => candidate.check === check)
  if (!found) throw new Error(`no outcome of ${check}`)
  return found
}

describe.concurrent('a bad peer is caught', () => {
  it('MQTT.js 4.3.8, publishing QoS 0 every 500 ms, never gives up on a half-open link', async ({ time }) => {
    const { verdict } = await judged(
      scenarioOf({
        client: { options: { module: 'mqtt4' }, traffic: { publishing: { qos: 0, every: { ms: 500, k: 0 } } } },
        timeline: [step('3s', 'blackhole')],
        expect: expecting('client-gives-up', 'broker-drops-client', 'will-published'),
        until: '12s',
      }),
      time,
    )
    expect(verdict.result).toBe('fail')
    expect(outcome(verdict, 'client-gives-up')).toMatchObject({
      result: 'fail',
      seenMs: null,
      reason: expect.stringMatching(/never gave up.*kept writing/),
    })
    expect(outcome(verdict, 'broker-drops-client').result).toBe('pass')
    expect(outcome(verdict, 'will-published').result).toBe('pass')
  })

  it('the same MQTT.js 4.3.8, idle, gives up 2 K after its last packet', async ({ time }) => {
    const { evidence, verdict } = await judged(
      scenarioOf({
        client: { options: { module: 'mqtt4' } },
        timeline: [step('3s', 'blackhole')],
        expect: expecting('client-gives-up'),
        until: '10s',
      }),
      time,
    )
    expect(evidence.header.client).toEqual({ name: 'mqttjs', version: '4.3.8' })
    const { seenMs } = outcome(verdict, 'client-gives-up')
    const lastAnswerMs = packets(evidence, 'client', 'pingresp').at(-1)
    const span = { evidence, fromMs: lastAnswerMs ?? Number.NaN, toMs: seenMs ?? Number.NaN }
    time.saw('its end', span, { earliestMs: 3800, latestMs: 4200, spareMs: 150 })
    expect(verdict.result).toBe('pass')
  })

  it('a client that pings and never looks whether anybody answers', async ({ time }) => {
    const { verdict } = await judged(
      scenarioOf({
        client: { name: 'pinger', keepaliveS: 1 },
        timeline: [step('2500ms', 'blackhole')],
        expect: expecting('client-gives-up', 'broker-drops-client', 'pings-on-time'),
        until: '9s',
      }),
      time,
    )
    expect(outcome(verdict, 'client-gives-up')).toMatchObject({
      result: 'fail',
      reason: expect.stringMatching(/never gave up/),
    })
    expect(outcome(verdict, 'broker-drops-client').result).toBe('pass')
    expect(outcome(verdict, 'pings-on-time').result).toBe('pass')
  })

  it('a client that never pings: it fails, and the broker that drops it passes', async ({ time }) => {
    const { evidence, verdict } = await judged(
      scenarioOf({
        client: { name: 'silent' },
        expect: expecting('pings-on-time', 'broker-drops-client', 'will-published'),
        until: '6s',
      }),
      time,
    )
    expect(outcome(verdict, 'pings-on-time').result).toBe('fail')
    // Aedes: 1.5 K + 1 ms after the last packet, which was its CONNECT.
    const dropped = outcome(verdict, 'broker-drops-client')
    expect(dropped.result).toBe('pass')
    const span = { evidence, fromMs: dropped.sinceMs ?? Number.NaN, toMs: dropped.seenMs ?? Number.NaN }
    time.saw('its end', span, { earliestMs: 2800, latestMs: 3200, spareMs: 150 })
    expect(outcome(verdict, 'will-published').result).toBe('pass')
  })

  it('a broker that times nobody out', async ({ time }) => {
    const { verdict } = await judged(
      scenarioOf({
        broker: { name: 'deaf', options: {} },
        client: { keepaliveS: 1 },
        timeline: [step('2500ms', 'blackhole')],
        expect: expecting('broker-drops-client', 'will-published'),
        until: '8s',
      }),
      time,
    )
    expect(verdict.result).toBe('fail')
    expect(outcome(verdict, 'broker-drops-client')).toMatchObject({
      result: 'fail',
      reason: expect.stringMatching(/never closed/),
    })
  })
})
