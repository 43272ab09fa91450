/**
 * Every bundled driver speaks the driver protocol, and its library keeps to the profile that windows come from. In real time and
 * side by side, in ordinary scenarios: what is not made on this machine is skipped by name.
 */
import { readdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../../src/engine/run.ts'
import { judge } from '../../src/judge/judge.ts'
import { milliseconds } from '../../src/model/duration.ts'
import type { Evidence } from '../../src/model/evidence.ts'
import type { Scenario } from '../../src/model/scenario.ts'
import type { Outcome } from '../../src/model/verdict.ts'
import type { ClientKind } from '../../src/peers/clients/client.ts'
import { clientIdPrefix } from '../../src/peers/clients/client-identity.ts'
import { clients } from '../../src/peers/clients/index.ts'
import { checks, faults, openLab } from '../../src/plugins.ts'
import { noMosquitto, titled } from '../needs.ts'
import { type Sketch, sketch } from '../sim/play.ts'

/** What each library tells its application when nobody answers its ping; `null`: nothing but that it is over. */
const TOLD: Readonly<Record<string, { readonly code?: number; readonly note?: string } | null>> = {
  hivemq: { note: 'Timeout while waiting for PINGRESP' },
  libmosquitto: { code: 19 },
  'mqttjs-4': null,
  // With NULL for the cause.
  'paho-c': { note: 'connectionLost' },
  'paho-go': { note: 'pingresp not received, disconnecting' },
  'paho-golang': { note: 'PINGRESP timed out' },
  'paho-java': { code: 32000 },
  'paho-python': { code: 141 },
  'paho-python-2.2': { code: 141 },
  rumqttc: { note: "Last pingreq isn't acked" },
}

/** Every kind takes it with both protocols: with MQTT 5.0, rumqttc takes no less. */
const TALKING_KEEPALIVE_S = 5
/** So many talk at a time, while the idle ones wait; each is a process that has to start first. */
const TALKING_AT_ONCE = 3

const drivers = await Promise.all(
  [...clients.values()]
    .filter(kind => kind.recipe && kind.dialect === undefined)
    .map(async kind => ({ kind, missing: noMosquitto ?? (await lackOf(kind)) })),
)

async function lackOf(kind: ClientKind): Promise<string | undefined> {
  const there = await kind.available(kind.options.parse({}))
  if (there === true) return undefined
  const lack = `${there.reason}: ${there.remedy}`
  if (process.env.HALFOPEN_REQUIRE === 'all') throw new Error(lack)
  return lack
}

interface Played {
  readonly evidence: Evidence
  readonly outcomes: readonly Outcome[]
}

const lab = openLab('local')
let runs = 0
const runIdPrefix = `d${process.pid.toString(36)}`

async function play(given: Sketch, expected: readonly string[], untilClosed = false): Promise<Played> {
  const plain = sketch({ broker: 'mosquitto', latencyMs: 0, ...given })
  const scenario: Scenario = {
    ...plain,
    link: { ...plain.link, options: given.brokerOptions?.tls ? { tls: 'inspect' } : {} },
    expect: expected.map(check => ({ check, params: {}, position: plain.position })),
  }
  const evidence = await run(scenario, lab, faults, {
    seed: 1,
    runId: `${runIdPrefix}${++runs}`,
    // The library may say that it is over before its connection is, or after it.
    ...(untilClosed ? { stopWhen: ({ who, what }) => who === 'client' && what === 'closed', lingerMs: 700 } : {}),
  })
  return { evidence, outcomes: judge(evidence, checks).outcomes }
}

const choice = (kind: ClientKind) => ({
  client: kind.name,
  clientOptions: kind.options.parse({}) as Record<string, unknown>,
})

const protocolsOf = ({ protocols = [4, 5] }: ClientKind) => protocols

/** Cut after its first ping, and before the second. */
function goHalfOpen(kind: ClientKind): Promise<Played> {
  const keepaliveS = Math.max(2, kind.leastKeepaliveS ?? 0)
  const [protocol = 4] = protocolsOf(kind)
  const atMs = keepaliveS * 1600
  const troubles = [{ atMs, fault: 'blackhole' }]
  const given = { ...choice(kind), protocol, keepaliveS, troubles, untilMs: atMs + 16_000 }
  return play(given, ['pings-on-time', 'client-gives-up'], true)
}

/** In as much as it can speak: a WebSocket, TLS that the link looks into, or both. */
const wrapped = ({ schemes = ['ws', 'wss', 'mqtts'] }: ClientKind) => ({
  ...(schemes.some(scheme => scheme.startsWith('ws')) && { websocket: true }),
  ...(schemes.some(scheme => scheme.endsWith('s') && scheme !== 'ws') && { tls: true }),
})

const talk = (kind: ClientKind, protocol: 4 | 5, qos: 0 | 1) => {
  const brokerOptions = qos === 1 ? wrapped(kind) : {}
  const stream = { qos, every: milliseconds(250) }
  const traffic = { publishing: stream, receiving: stream }
  const given = { ...choice(kind), brokerOptions, protocol, keepaliveS: TALKING_KEEPALIVE_S, traffic, untilMs: 2000 }
  return play(given, ['messages-kept', 'stays-connected'])
}

const halfOpen = new Map<ClientKind, Played>()
const talks = new Map<string, Played>()
const talkName = (kind: ClientKind, protocol: 4 | 5, qos: 0 | 1) => `${kind.name} ${protocol} ${qos}`

async function playAll(kinds: readonly ClientKind[]): Promise<void> {
  const queue = kinds.flatMap(kind =>
    protocolsOf(kind).flatMap(protocol => ([0, 1] as const).map(qos => ({ kind, protocol, qos }))),
  )
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift())
      talks.set(talkName(next.kind, next.protocol, next.qos), await talk(next.kind, next.protocol, next.qos))
  }
  await Promise.all([
    ...kinds.map(async kind => void halfOpen.set(kind, await goHalfOpen(kind))),
    ...Array.from({ length: TALKING_AT_ONCE }, worker),
  ])
}

const found = <T>(played: T | undefined): T => {
  if (played === undefined) throw new Error('it was not played')
  return played
}
const told = ({ evidence }: Played, what: string) =>
  evidence.events.filter(event => event.who === 'client' && event.what === what)
const failures = ({ outcomes }: Played) =>
  outcomes
    .filter(({ result }) => result !== 'pass')
    .map(({ check, result, reason }) => `${check}: ${result}: ${reason}`)

beforeAll(() => playAll(drivers.filter(({ missing }) => missing === undefined).map(({ kind }) => kind)), 120_000)
afterAll(() => lab[Symbol.asyncDispose]())

for (const { kind, missing } of drivers) {
  describe.skipIf(missing !== undefined)(titled(`the driver ${kind.name}`, missing), () => {
    test.each(protocolsOf(kind))(
      'connects wrapped in protocol %i, publishes, is acknowledged and receives',
      protocol => {
        const played = found(talks.get(talkName(kind, protocol, 1)))
        expect(failures(played)).toEqual([])
        for (const what of ['connected', 'acknowledged', 'received']) expect(told(played, what)).not.toHaveLength(0)
        expect(told(played, 'error')).toEqual([])
      },
    )

    test.each(protocolsOf(kind))(
      'publishes at QoS 0 in protocol %i, of which nobody acknowledges anything',
      protocol => {
        const played = found(talks.get(talkName(kind, protocol, 0)))
        const arrived = played.evidence.events.filter(({ who, what }) => who === 'witness' && what === 'received')
        expect(arrived).not.toHaveLength(0)
        expect(told(played, 'received')).not.toHaveLength(0)
        expect(told(played, 'acknowledged')).toEqual([])
      },
    )

    test('pings on time, and gives up on a blackhole within the window of its profile', () => {
      const { evidence, outcomes } = found(halfOpen.get(kind))
      expect(failures({ evidence, outcomes })).toEqual([])
      expect(outcomes.find(({ check }) => check === 'client-gives-up')?.window?.origin).toBe('profile')
    })

    test('tells what its library tells of it', () => {
      const closed = told(found(halfOpen.get(kind)), 'closed')
      const expected = TOLD[kind.name]
      expect(Object.keys(TOLD)).toContain(kind.name)
      expect(closed).not.toHaveLength(0)
      if (!expected) return expect(closed.every(event => !('code' in event))).toBe(true)
      const { code, note } = expected
      expect(closed).toContainEqual(
        expect.objectContaining({ ...(code && { code }), ...(note && { note: expect.stringContaining(note) }) }),
      )
    })
  })
}

test.skipIf(process.platform !== 'linux')('nothing is left running', async () => {
  const names = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const environments = await Promise.all(names.map(name => readFile(`/proc/${name}/environ`, 'latin1').catch(() => '')))
  expect(
    environments.filter(text => text.includes(`HALFOPEN_CLIENTID=${clientIdPrefix(runIdPrefix).slice(0, -1)}`)),
  ).toEqual([])
})
