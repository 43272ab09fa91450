import { describe, expect, test } from 'vitest'
import type { VirtualClock } from '../../src/clock/virtual.ts'
import { run } from '../../src/engine/run.ts'
import { faults } from '../../src/faults/index.ts'
import type { Lab, Peers } from '../../src/labs/lab.ts'
import { simulated } from '../../src/labs/simulated.ts'
import type { Scenario } from '../../src/model/scenario.ts'
import type { ClientKind } from '../../src/peers/clients/client.ts'
import { bare, peers, type Sketch, sketch } from '../sim/play.ts'

const lab = simulated.create(bare)
const BASE: Sketch = { keepaliveS: 2, untilMs: 10_000 }
const admits = (given: Partial<Sketch>, more: Partial<Scenario> = {}) =>
  lab.admits({ ...sketch({ ...BASE, ...given }), ...more })

describe('admission', () => {
  test('takes the real Aedes and MQTT.js, and models of what can not live in a process', async () => {
    expect(await admits({})).toBe(true)
    expect(await admits({ client: 'silent' })).toBe(true)
    expect(await admits({ clientOptions: { module: 'mqtt4' } })).toBe(true)
    expect(await admits({ broker: 'mosquitto' })).toBe(true)
    expect(await admits({ broker: 'mosquitto', brokerOptions: { max_keepalive: 60 }, protocol: 5 })).toBe(true)
    expect(await admits({ client: 'paho-python', broker: 'mosquitto-2.0.11' })).toBe(true)
  })

  test.each([
    ['freezing', { troubles: [{ atMs: 1000, fault: 'freeze' }], broker: 'mosquitto' }, /no broker can be frozen/],
    ['killing', { troubles: [{ atMs: 1000, fault: 'kill' }], broker: 'mosquitto' }, /no broker can be killed/],
    ['MQTT 5 on Aedes', { protocol: 5 }, /aedes does not speak MQTT 5\.0/],
    [
      'an option that the model does not know',
      { broker: 'mosquitto', brokerOptions: { max_inflight_messages: 1 } },
      /the model of mosquitto can't take/,
    ],
  ] satisfies [string, Partial<Sketch>, RegExp][])('refuses %s, with the reason', async (_name, given, reason) => {
    expect(await admits(given)).toEqual({ result: 'unsupported', reason: expect.stringMatching(reason) })
  })

  test('refuses a client that runs in real time and a link that needs a network', async () => {
    const { simulated: _, ...program } = peers.clients.get('silent') as ClientKind
    const elsewhere = simulated.create(withClient({ ...program, name: 'program' }))
    expect(await elsewhere.admits(sketch({ ...BASE, client: 'program' }))).toEqual({
      result: 'unsupported',
      reason: expect.stringContaining('runs in real time'),
    })
    const base = sketch(BASE)
    expect(await admits({}, { link: { ...base.link, name: 'toxiproxy' } })).toEqual({
      result: 'unsupported',
      reason: expect.stringContaining('needs a network'),
    })
  })

  test('is for scenarios that name this lab, or none', async () => {
    expect(await admits({}, { lab: ['local', 'simulated'] })).toBe(true)
    expect(await admits({}, { lab: ['local'] })).toMatchObject({ result: 'unsupported' })
  })
})

test('says which peers are models', async () => {
  const labels = async (given: Partial<Sketch>) => {
    const { header } = await run(sketch({ ...BASE, ...given }), lab, faults, { seed: 1, runId: 's' })
    return [header.broker, header.client]
  }
  expect(await labels({ broker: 'mosquitto', client: 'paho-c' })).toEqual([
    { name: 'mosquitto', version: '2.0.22', model: true },
    { name: 'paho-c', version: '1.3.15', model: true },
  ])
  expect(await labels({})).toEqual([
    { name: 'aedes', version: expect.stringMatching(/^\d/) },
    { name: 'mqttjs', version: expect.stringMatching(/^\d/) },
  ])
})

test('says of a client whose kernel gave the connection up that nothing was acknowledged any more', async () => {
  const traffic = { publishing: { qos: 0 as const, every: { ms: 5000, k: 0 } } }
  const dead = { troubles: [{ atMs: 100_000, fault: 'blackhole' }], traffic, client: 'mqttjs-4' }
  const scenario = sketch({ ...BASE, keepaliveS: 60, untilMs: 1_100_000, ...dead })
  const { events } = await run(scenario, lab, faults, { seed: 1, runId: 's' })
  const ends = events.flatMap(event => (event.what === 'rst' || event.what === 'fin' ? [event] : []))
  const first = ends
    .filter(({ conn }) => conn === 1)
    .map(({ atMs, device: _device, who: _who, conn: _conn, ...end }) => end)
  expect(first).toEqual([
    { what: 'fin', edge: 'broker', from: 'broker' },
    { what: 'rst', edge: 'client', from: 'client', unacknowledged: true },
  ])
})

describe('a model plays the version', () => {
  /** A machine that has these. */
  const machine = (versions: Readonly<Record<string, string>>): Lab => {
    const installed = <K extends { readonly name: string }>(kind: K): K => {
      const version = versions[kind.name]
      return version === undefined ? kind : { ...kind, available: async () => true, version: async () => version }
    }
    const clients = [...bare.clients.values()].map(kind =>
      versions[kind.name] ? { ...kind, standsFor: installed(kind) } : kind,
    )
    const brokers = [...bare.brokers.values()].map(installed)
    const byName = <K extends { readonly name: string }>(kinds: readonly K[]) =>
      new Map(kinds.map(kind => [kind.name, kind]))
    return simulated.create({ ...bare, brokers: byName(brokers), clients: byName(clients) })
  }
  const played = async (on: Lab, given: Partial<Sketch>) => {
    const { header } = await run(sketch({ ...BASE, ...given }), on, faults, { seed: 1, runId: 's' })
    return [header.broker, header.client].flatMap(({ model, version }) => (model ? [version] : []))
  }

  test('that this machine has', async () => {
    const here = machine({ mosquitto: '2.0.11', 'paho-c': '1.3.12-1' })
    expect(await played(here, { broker: 'mosquitto', client: 'paho-c' })).toEqual(['2.0.11', '1.3.12'])
    expect(await played(machine({ mosquitto: '2.0.15' }), { broker: 'mosquitto' })).toEqual(['2.0.15'])
  })

  test('that the scenario asks for, whatever the machine has', async () => {
    const here = machine({ mosquitto: '2.0.11', 'paho-c': '1.3.12-1' })
    const asked = { brokerOptions: { version: '2.0.22' }, clientOptions: { version: '1.3.14' } }
    expect(await played(here, { broker: 'mosquitto', client: 'paho-c', ...asked })).toEqual(['2.0.22', '1.3.14'])
  })

  test('that was looked into last, where the machine has none, or one that nobody looked into', async () => {
    expect(await played(lab, { broker: 'mosquitto', client: 'paho-c' })).toEqual(['2.0.22', '1.3.15'])
    expect(await played(machine({ mosquitto: '1.6.9' }), { broker: 'mosquitto' })).toEqual(['2.0.22'])
    expect(await played(machine({ mosquitto: 'unknown' }), { broker: 'mosquitto' })).toEqual(['2.0.22'])
  })

  test('and none that nobody looked into, where that is asked for', async () => {
    expect(await admits({ broker: 'mosquitto', brokerOptions: { version: '1.6.9' } })).toEqual({
      result: 'unsupported',
      reason: 'there is no model of mosquitto 1.6.9',
    })
    expect(await admits({ client: 'paho-c', clientOptions: { version: '1.3.1' } })).toEqual({
      result: 'unsupported',
      reason: 'there is no model of paho-c 1.3.1',
    })
  })

  test('and does what that version does: 2.0.11 looks every 6 s, 2.0.22 every second', async () => {
    const droppedMs = async (version: string) => {
      const silent = { client: 'silent', broker: 'mosquitto', brokerOptions: { version, phaseS: 0 }, untilMs: 20_000 }
      const { events } = await run(sketch({ ...BASE, keepaliveS: 5, ...silent }), lab, faults, { seed: 1, runId: 's' })
      return events.find(({ what }) => what === 'keepalive-timeout')?.atMs ?? Infinity
    }
    // It connects in second 0, and 7 s of silence are allowed: the first look after that is in second 12, or 8.
    expect(await droppedMs('2.0.11')).toBeCloseTo(12_000, -3)
    expect(await droppedMs('2.0.22')).toBeCloseTo(8000, -3)
  })
})

describe('after a run', () => {
  const AFTER: [string, Partial<Sketch>][] = [
    ['healthy', {}],
    ['with two dead ends', { troubles: [{ atMs: 3000, fault: 'blackhole' }] }],
    ['while a client dials in vain', { troubles: [{ atMs: 3000, fault: 'blackhole' }], untilMs: 8000 }],
    ['with models', { broker: 'mosquitto', client: 'paho-python', troubles: [{ atMs: 3000, fault: 'blackhole' }] }],
    ['with a silent client', { client: 'silent' }],
    ['with a fleet', { count: 50, troubles: [{ atMs: 3000, fault: 'reset' }] }],
  ]

  test.each(AFTER)('%s, no timer of it is left', async (_name, given) => {
    const clocks: VirtualClock[] = []
    const watched: Lab = {
      ...lab,
      clock(scenario) {
        const clock = lab.clock(scenario)
        clocks.push(clock as VirtualClock)
        return clock
      },
    }
    await run(sketch({ ...BASE, ...given }), watched, faults, { seed: 1, runId: 's' })
    expect(clocks.map(({ live }) => live)).toEqual([0])
  })
})

test('what a library throws in its own timer becomes a trouble, not the end of the process', async () => {
  const silent = peers.clients.get('silent') as ClientKind
  const failing = withClient({
    ...silent,
    name: 'broken',
    async start(context) {
      setTimeout(() => {
        throw new Error('a bug of the client')
      }, 10)
      context.dial?.()
      return { async [Symbol.asyncDispose]() {} }
    },
  })
  const { events } = await run(sketch({ ...BASE, client: 'broken' }), simulated.create(failing), faults, {
    seed: 1,
    runId: 's',
  })
  expect(events.find(({ what }) => what === 'trouble')).toMatchObject({ note: 'a bug of the client' })
})

const withClient = (kind: ClientKind): Peers => ({ ...peers, clients: new Map(peers.clients).set(kind.name, kind) })
