import { join } from 'node:path'
import mqtt from 'mqtt'
import { describe, expect, vi } from 'vitest'
import { realClock } from '../../src/clock/real.ts'
import { checks } from '../../src/judge/checks/index.ts'
import { judge } from '../../src/judge/judge.ts'
import { startWitness } from '../../src/labs/mqttjs-witness.ts'
import { payloadHash } from '../../src/mqtt/will.ts'
import { brokers } from '../../src/peers/brokers/index.ts'
import { options } from '../../src/peers/clients/command.ts'
import { it } from '../doubt/test.ts'
import { playLocally, said, scenarioOf, step } from '../engine/scenarios.ts'
import { noMosquitto, noMosquittoSub, titled } from '../needs.ts'

const SCRIPT = `node ${join(import.meta.dirname, 'own-will.cjs')}`
const expecting = (...names: string[]) =>
  names.map(check => ({ check, params: {}, position: { file: 'test.yaml', line: 1, column: 1 } }))

const scenario = (broker: string, command: string, given: Partial<Parameters<typeof scenarioOf>[0]> = {}) =>
  scenarioOf({
    broker: { name: broker, options: {} },
    client: { name: 'command', options: options.parse({ command }) as Record<string, unknown>, keepaliveS: 2 },
    expect: expecting('will-published'),
    timeline: [step('500ms', 'blackhole')],
    until: '9s',
    ...given,
  })

const BROKERS = [
  ['aedes', undefined],
  ['mosquitto', noMosquitto],
] as const

describe.concurrent("a will on the client's own topic", () => {
  for (const [broker, lack] of BROKERS) {
    it.skipIf(lack !== undefined)(titled(`is seen by its payload: ${broker}`, lack), async ({ expect, time }) => {
      const evidence = await playLocally(scenario(broker, SCRIPT))
      const [outcome] = time.judged(judge(evidence, checks)).outcomes
      expect(outcome).toMatchObject({ check: 'will-published', result: 'pass' })
      // What the script says when it is there is no will, and neither is what it says itself before it has to.
      expect(said(evidence, 'witness', 'will').length).toBe(1)
      expect(said(evidence, 'witness', 'subscribed').map(event => 'topic' in event && event.topic)).toContain(
        'devices/pump/state',
      )
    })

    it.skipIf(lack !== undefined)(
      titled(`is not mixed up with the client's own message: ${broker}`, lack),
      async ({ expect, time }) => {
        const evidence = await playLocally(scenario(broker, `${SCRIPT} --leaves`, { timeline: [], until: '4s' }))
        const [outcome] = time.judged(judge(evidence, checks)).outcomes
        expect(outcome?.result).toBe('fail')
        expect(outcome?.reason).toContain("no will: the client's DISCONNECT")
      },
    )

    it.skipIf((lack ?? noMosquittoSub) !== undefined)(
      titled(`of mosquitto_sub: ${broker}`, lack ?? noMosquittoSub),
      async ({ expect, time }) => {
        const command =
          'mosquitto_sub -h {host} -p {port} -k {keepalive} -i lamp -t lamps/cmd --will-topic lamps/lamp --will-payload gone'
        const client = {
          name: 'command',
          options: options.parse({ command }) as Record<string, unknown>,
          keepaliveS: 5,
        }
        const evidence = await playLocally(scenario(broker, command, { client, until: '17s' }))
        const [outcome] = time.judged(judge(evidence, checks)).outcomes
        expect(outcome).toMatchObject({ check: 'will-published', result: 'pass' })
      },
    )
  }
})

it('two runs of a script with one client id take nothing of each other', async ({ expect, time }) => {
  const { local } = await import('../../src/labs/local.ts')
  const { peers } = await import('../engine/scenarios.ts')
  const lab = local.create(peers)
  const both = [
    scenario('aedes', SCRIPT),
    scenario('aedes', SCRIPT, { timeline: [], expect: expecting('stays-connected'), until: '6s' }),
  ]
  const evidence = await Promise.all(both.map(each => playLocally(each, lab)))
  await lab[Symbol.asyncDispose]()
  for (const each of evidence) expect(time.judged(judge(each, checks)).result).toBe('pass')
  expect(evidence.map(each => said(each, 'witness', 'will').length)).toEqual([1, 0])
})

it.for(BROKERS)(
  "%s: neither a retained message nor another payload is a will; two that are alike are nobody's",
  async ([name]) => {
    const kind = brokers.get(name)
    if (!kind || (await kind.available({})) !== true) return
    await using broker = await kind.start({}, undefined)
    const { host, port } = broker.address
    const other = await mqtt.connectAsync({ host, port, clientId: 'other' })
    const seen: { what: string; device?: number; note?: string }[] = []
    const record = (event: object) => void seen.push(event as never)
    await using witness = await startWitness({ record, runId: 'w1', address: broker.address, clock: realClock() })
    const will = { topic: 'state', qos: 1, retain: true, payloadHash: payloadHash('offline') } as const
    await other.publishAsync('state', 'offline', { retain: true, qos: 1 })
    const subscribed = () => seen.filter(({ what }) => what === 'subscribed').length
    witness.watch(1, will)
    await vi.waitUntil(() => subscribed() === 2, 5000)
    await other.publishAsync('state', 'online', { retain: true, qos: 1 })
    await other.publishAsync('state', 'offline', { retain: true, qos: 1 })
    await vi.waitUntil(() => seen.some(({ what }) => what === 'will'), 5000)
    witness.watch(1, will)
    witness.watch(2, will)
    expect(seen.slice(1)).toMatchObject([
      { what: 'subscribed', device: 1 },
      { what: 'will', device: 1 },
      { what: 'subscribed', note: expect.stringContaining('several') },
    ])
    await other.publishAsync('state', 'offline', { qos: 1 })
    await other.endAsync()
    expect(seen.filter(({ what }) => what === 'will').length).toBe(1)
  },
)
