import { connect } from 'node:net'
import { describe, expect } from 'vitest'
import { dialects } from '../../src/dialects/index.ts'
import { startWitness } from '../../src/labs/mqttjs-witness.ts'
import type { Address } from '../../src/link/kinds/link.ts'
import { resolveDuration } from '../../src/model/duration.ts'
import type { Event, EventBody, EventPlace } from '../../src/model/event.ts'
import type { BrokerKind } from '../../src/peers/brokers/broker.ts'
import { answersConnect } from '../../src/peers/brokers/broker-probe.ts'
import { brokers } from '../../src/peers/brokers/index.ts'
import { silent } from '../../src/peers/clients/silent.ts'
import { it, type Time } from '../doubt/test.ts'
import { clock } from '../doubt/watch.ts'
import { some } from '../some.ts'

const refused = ({ host, port }: Address): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect({ host, port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', () => resolve(true))
  })

/** How it is greeted where it speaks another dialect than MQTT. */
const wireOf = ({ dialect = '' }: BrokerKind) => dialects.get(dialect)
const answers = (kind: BrokerKind, address: Address) =>
  answersConnect(address, undefined, undefined, wireOf(kind)?.reading)

/** A silent client of K = 1 at a broker, without a link: everything that anybody says, dated. */
async function watchSilence(
  kind: BrokerKind,
  time: Time,
  { untilMs, never }: { readonly untilMs: number; readonly never: boolean },
): Promise<readonly Event[]> {
  const events: Event[] = []
  const record = (event: EventBody & EventPlace) => void events.push({ atMs: clock.nowMs(), ...event })
  const broker = await kind.start(kind.options.parse({}))
  for (const pid of broker.pids?.() ?? []) time.alsoOf(pid)
  const unwatch = broker.watch('ho-conf-', record)
  // A witness speaks MQTT, and only MQTT has wills.
  const lastWord = kind.dialect === undefined ? 'will' : 'client-closed'
  const witness =
    lastWord === 'will' ? await startWitness({ record, runId: 'conf', address: broker.address }) : undefined
  record({ who: 'client', what: 'started' })
  const client = await silent.start({
    record,
    options: {},
    address: broker.address,
    clientId: 'ho-conf-1',
    keepaliveS: 1,
    protocol: 4,
    ...(kind.dialect !== undefined && { dialect: kind.dialect }),
    will: { topic: 'halfopen/conf/1/will', qos: 1, payload: Buffer.from('gone') },
  })
  await clock.advanceTo(clock.nowMs() + untilMs)
  // What comes at all is waited for, so that its lateness is a figure.
  const isOver = () => never || events.some(({ what }) => what === lastWord)
  for (const endMs = clock.nowMs() + 30_000; !isOver() && clock.nowMs() < endMs; )
    await clock.advanceTo(clock.nowMs() + 20)
  unwatch()
  await client[Symbol.asyncDispose]()
  await witness?.[Symbol.asyncDispose]()
  await broker[Symbol.asyncDispose]()
  expect(await refused(broker.address)).toBe(true)
  return events
}

/** Each a virtual machine of its own, which takes seconds of two cores to start. */
const HEAVY: ReadonlySet<string> = new Set(['amqtt', 'artemis', 'hivemq', 'moquette', 'rabbitmq', 'rabbitmq-amqp'])
/** All of them start at once here. */
const SPARE_MS = 1000
const AT_ONCE = { latestMs: SPARE_MS, spareMs: SPARE_MS }

/** When a client of K = 1 that is silent from its CONNECT on is closed; 1.5 s where nothing is said (docs/brokers.md). */
const CLOSES: Readonly<Record<string, { fromMs?: number; toMs?: number; never?: true }>> = {
  amqtt: { never: true, toMs: 3000 },
  artemis: { toMs: 5500 },
  hivemq: { fromMs: 1000, toMs: 1100 },
  mochi: { fromMs: 1000, toMs: 1000 },
  moquette: { fromMs: 2000, toMs: 2000 },
  // 2.0.0 to 2.0.20 count whole seconds and look every 6 s.
  mosquitto: { fromMs: 1000, toMs: 8000 },
  nats: { fromMs: 1000, toMs: 1000 },
  rabbitmq: { fromMs: 2900, toMs: 3000 },
}

/** Of another dialect by its rule. */
function closesOf(kind: BrokerKind): { fromMs?: number; toMs?: number; never?: true } | undefined {
  const rule = wireOf(kind)?.rules(4, 1000).brokerDrops
  if (!rule) return CLOSES[kind.name]
  return { fromMs: resolveDuration(rule.earliest, 1000), toMs: resolveDuration(rule.latest, 1000) }
}

const required = process.env.HALFOPEN_REQUIRE === 'all'

/** One that is not halfopen's to start (external) has tests of its own. */
const startable = [...brokers.values()].filter(({ options }) => options.safeParse({}).success)

describe.concurrent.each([...some(startable, 1 / 2)])('the broker $name', async kind => {
  const options = kind.options.parse({})
  const available = await kind.available(options)
  const title = available === true ? '' : ` (skipped: ${available.reason}; ${available.remedy ?? ''})`
  if (available !== true && required) {
    it('is available', () => expect.unreachable(title))
    return
  }
  const test = it.skipIf(available !== true)

  test(`answers CONNECT, and leaves no port behind${title}`, async ({ expect }) => {
    const broker = await kind.start(options)
    expect(await answers(kind, broker.address)).toBe(true)
    expect(broker.version).toMatch(/^\d+\.\d+/)
    expect(await kind.version(options)).toBe(broker.version)
    await broker[Symbol.asyncDispose]()
    expect(await refused(broker.address)).toBe(true)
  })

  const count = HEAVY.has(kind.name) ? 3 : 20
  test(`starts ${count} at once, each on a port of its own${title}`, async ({ expect }) => {
    const started = await Promise.all(Array.from({ length: count }, () => kind.start(options)))
    expect(new Set(started.map(broker => broker.address.port)).size).toBe(count)
    await Promise.all(started.map(broker => broker[Symbol.asyncDispose]()))
  })

  const { fromMs, toMs, never } = { fromMs: 1500, toMs: 1500, never: false, ...closesOf(kind) }
  const hasWills = kind.dialect === undefined
  const claim = never
    ? 'never ends a silent client'
    : `times a silent client out${hasWills ? ', and publishes its will' : ''}`
  test(`${claim}${title}`, async ({ expect, time }) => {
    const events = await watchSilence(kind, time, { untilMs: toMs + SPARE_MS + 500, never })
    const at = (what: string) => events.find(event => event.what === what)?.atMs ?? Number.NaN
    time.took('its word of the connection', at('connected'), AT_ONCE, at('client-connected'))
    if (never) return expect(events.filter(({ what }) => ['client-closed', 'will'].includes(what))).toEqual([])
    const end = at(kind.name === 'nats' ? 'client-closed' : 'keepalive-timeout')
    // Not early, counted from before its CONNECT; not late, counted from after it.
    time.took('the time-out', at('started'), { earliestMs: fromMs }, end)
    time.took('the time-out', at('connected'), { latestMs: toMs + SPARE_MS, spareMs: SPARE_MS }, end)
    // RabbitMQ logs that it closes an AMQP connection, and why in the line after it.
    if (kind.name !== 'rabbitmq-amqp') expect(at('client-closed')).toBeGreaterThanOrEqual(end)
    if (hasWills) time.took('the will', at('client-closed'), { ...AT_ONCE, earliestMs: -SPARE_MS }, at('will'))
    const placed = events.filter(({ who }) => who === 'broker').map(({ device }) => device)
    expect(placed).toEqual(placed.map(() => 1))
  })

  if (!kind.can.has('broker:restart')) return
  test(`comes back on its port after it was killed${title}`, async ({ expect }) => {
    const broker = await kind.start(options)
    await broker.signal?.('kill')
    expect(await refused(broker.address)).toBe(true)
    await broker.signal?.('restart')
    expect(await answers(kind, broker.address)).toBe(true)
    await broker[Symbol.asyncDispose]()
    expect(await refused(broker.address)).toBe(true)
  })
})
