import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { BrokerKind } from '../../src/brokers/broker.ts'
import { brokers } from '../../src/brokers/index.ts'
import { answersConnect } from '../../src/brokers/probe.ts'
import { silent } from '../../src/clients/silent.ts'
import { realClock } from '../../src/clock/real.ts'
import { startWitness } from '../../src/labs/mqttjs-witness.ts'
import type { Address } from '../../src/links/link.ts'
import type { Event, EventBody, EventPlace } from '../../src/model/event.ts'

const refused = ({ host, port }: Address): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect({ host, port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', () => resolve(true))
  })

/** A silent client at a broker, without a link: everything that anybody says, dated. */
async function watchSilence(kind: BrokerKind, keepaliveS: number, untilMs: number): Promise<readonly Event[]> {
  const clock = realClock()
  const events: Event[] = []
  const record = (event: EventBody & EventPlace) => void events.push({ atMs: clock.nowMs(), ...event })
  const broker = await kind.start(kind.options.parse({}))
  const unwatch = broker.watch('ho-conf-', record)
  const witness = await startWitness({ record, runId: 'conf', address: broker.address })
  record({ who: 'client', what: 'started' })
  const client = await silent.start({
    record,
    options: {},
    address: broker.address,
    clientId: 'ho-conf-1',
    keepaliveS,
    protocol: 4,
    will: { topic: 'halfopen/conf/1/will', qos: 1, payload: Buffer.from('gone') },
  })
  await clock.advanceTo(untilMs)
  unwatch()
  await client[Symbol.asyncDispose]()
  await witness[Symbol.asyncDispose]()
  await broker[Symbol.asyncDispose]()
  expect(await refused(broker.address)).toBe(true)
  return events
}

const required = process.env.HALFOPEN_REQUIRE === 'all'

describe.concurrent.each([...brokers.values()])('the broker $name', async kind => {
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
    expect(await answersConnect(broker.address)).toBe(true)
    expect(broker.version).toMatch(/^\d+\.\d+\.\d+/)
    expect(await kind.version(options)).toBe(broker.version)
    await broker[Symbol.asyncDispose]()
    expect(await refused(broker.address)).toBe(true)
  })

  test(`starts twenty at once, each on a port of its own${title}`, async ({ expect }) => {
    const started = await Promise.all(Array.from({ length: 20 }, () => kind.start(options)))
    expect(new Set(started.map(broker => broker.address.port)).size).toBe(20)
    await Promise.all(started.map(broker => broker[Symbol.asyncDispose]()))
  })

  // Mosquitto 2.0.0 to 2.0.20 count whole seconds and look every 6 s: floor(1.5 K) to floor(1.5 K) + 7 s.
  test(`times a silent client of K = 1 out, and publishes its will${title}`, async ({ expect }) => {
    const events = await watchSilence(kind, 1, kind.name === 'mosquitto' ? 9000 : 2500)
    const at = (what: string) => events.find(event => event.what === what)?.atMs ?? Number.NaN
    // Not early, counted from before its CONNECT; not late, counted from after it.
    expect(at('keepalive-timeout') - at('started')).toBeGreaterThan(kind.name === 'mosquitto' ? 1000 : 1500)
    expect(at('keepalive-timeout') - at('connected')).toBeLessThan(kind.name === 'mosquitto' ? 8000 : 1700)
    expect(at('client-connected')).toBeLessThan(at('keepalive-timeout'))
    expect(at('client-closed')).toBeGreaterThanOrEqual(at('keepalive-timeout'))
    expect(Math.abs(at('will') - at('client-closed'))).toBeLessThan(200)
    const placed = events.filter(({ who }) => who === 'broker').map(({ device }) => device)
    expect(placed).toEqual(placed.map(() => 1))
  })
})
