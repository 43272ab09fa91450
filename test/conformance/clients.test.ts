import { connect } from 'node:net'
import type { Client, ConnectPacket } from 'aedes'
import { describe, test } from 'vitest'
import { realClock } from '../../src/clock/real.ts'
import type { EventBody } from '../../src/model/event.ts'
import { aedesCore } from '../../src/peers/brokers/aedes.ts'
import { serve } from '../../src/peers/brokers/serve.ts'
import type { ClientContext, ClientKind } from '../../src/peers/clients/client.ts'
import { clients } from '../../src/peers/clients/index.ts'
import { mqttjs } from '../../src/peers/clients/mqttjs.ts'
import { encodePayload } from '../../src/peers/clients/payload.ts'
import { freePort } from '../../src/processes/port.ts'
import { lackOf, titled } from '../needs.ts'

const clock = realClock()

/** A virtual machine takes a while to start on a busy computer. */
async function until(reached: () => boolean): Promise<void> {
  const endMs = clock.nowMs() + 60_000
  while (!reached()) {
    if (clock.nowMs() > endMs) throw new Error('it did not come about')
    await clock.advanceTo(clock.nowMs() + 5)
  }
}

/** A broker that shows the CONNECT that it got and what was published, and a context for a client of it. */
async function stage() {
  const seen: { connect?: ConnectPacket; published: string[] } = { published: [] }
  const broker = await serve(
    await aedesCore({
      preConnect(_client: Client, packet: ConnectPacket, callback: (error: null, go: boolean) => void) {
        seen.connect = packet
        callback(null, true)
      },
      published(packet, client, callback) {
        if (client) seen.published.push(`${packet.topic} ${packet.payload} qos ${packet.qos}`)
        callback(null)
      },
    }),
  )
  const told: EventBody[] = []
  const brokerTold: EventBody[] = []
  broker.watch('ho-r-', event => brokerTold.push(event))
  const context: ClientContext = {
    record: event => told.push(event),
    options: {},
    address: broker.address,
    clientId: 'ho-r-1',
    keepaliveS: 7,
    protocol: 4,
    will: { topic: 'halfopen/r/1/will', qos: 1, payload: Buffer.from('gone') },
  }
  return { seen, broker, told, brokerTold, context }
}

const start = (kind: ClientKind, context: ClientContext, options: object = {}) =>
  kind.start({ ...context, options: kind.options.parse(options) })

const says = (told: readonly EventBody[], what: string) => told.some(event => event.what === what)

/** The broker of this suite speaks MQTT 3.1.1 only. */
const speaks = ({ protocols = [4, 5], dialect }: ClientKind) => dialect === undefined && protocols.includes(4)
const kinds = [...clients.values()].filter(kind => kind.options.safeParse({}).success && speaks(kind))
/** Each with what it lacks on this machine; it is skipped by name then. */
const lacking = await Promise.all(kinds.map(async kind => ({ kind, lack: lackOf(await kind.available({})) })))

describe.concurrent.each(
  lacking.map(({ kind, lack }) => ({ kind, lack, title: titled(`the client ${kind.name}`, lack) })),
)('$title', ({ kind, lack }) => {
  const it = test.skipIf(lack !== undefined)

  it('connects as it is told: identity, keep-alive, protocol and will', async ({ expect }) => {
    const { seen, broker, told, context } = await stage()
    const client = await start(kind, context)
    await until(() => says(told, 'connected'))
    expect(seen.connect).toMatchObject({ clientId: 'ho-r-1', keepalive: 7, protocolVersion: 4, clean: !kind.bridges })
    const will = kind.bridges
      ? { topic: 'halfopen/r/1/state', payload: '0' }
      : { topic: context.will.topic, payload: 'gone' }
    expect(seen.connect?.will).toMatchObject({ ...will, qos: 1, payload: Buffer.from(will.payload) })
    await client[Symbol.asyncDispose]()
    await broker[Symbol.asyncDispose]()
  })

  it('is gone when it is disposed, and does not come back', async ({ expect }) => {
    const { broker, told, brokerTold, context } = await stage()
    const client = await start(kind, context)
    await until(() => says(told, 'connected'))
    await client[Symbol.asyncDispose]()
    await until(() => says(brokerTold, 'client-closed'))
    await clock.advanceTo(clock.nowMs() + 1200)
    expect(brokerTold.filter(({ what }) => what === 'client-connected')).toHaveLength(1)
    await broker[Symbol.asyncDispose]()
  })

  test.skipIf(lack !== undefined || !kind.simulated)('dials by itself where there is no network', async () => {
    const { broker, told, context } = await stage()
    const client = await start(kind, {
      ...context,
      address: { host: '127.0.0.1', port: 1 },
      dial: () => connect(broker.address),
    })
    await until(() => says(told, 'connected'))
    await client[Symbol.asyncDispose]()
    await broker[Symbol.asyncDispose]()
  })

  it('tells of a refused connection, and throws nothing', async ({ expect }) => {
    const { broker, told, context } = await stage()
    const client = await start(kind, { ...context, address: { host: '127.0.0.1', port: await freePort() } })
    await until(() => says(told, 'error'))
    // A library in a program of its own has its own words for it.
    const note = expect.stringMatching(kind.simulated ? /ECONNREFUSED/ : /./)
    expect(told.find(({ what }) => what === 'error')).toMatchObject({ note })
    await client[Symbol.asyncDispose]()
    await broker[Symbol.asyncDispose]()
  })

  test.skipIf(lack !== undefined || !kind.traffic.publishing)(
    'publishes what it is given, and tells of its acknowledgement',
    async ({ expect }) => {
      const { seen, broker, told, context } = await stage()
      const client = await start(kind, context)
      await until(() => says(told, 'connected'))
      client.publish?.({ topic: 'halfopen/r/1/up', qos: 1, payload: encodePayload({ flow: 'up', seq: 3 }) }, 3)
      const own = () => seen.published.filter(line => line.startsWith('halfopen/r/1/up'))
      await until(() => says(told, 'acknowledged') && own().length > 0)
      expect(own()).toEqual(['halfopen/r/1/up halfopen up 3 qos 1'])
      const messages = told.filter(({ what }) => what === 'published' || what === 'acknowledged')
      expect(messages).toMatchObject([
        { what: 'published', flow: 'up', seq: 3 },
        { what: 'acknowledged', flow: 'up', seq: 3 },
      ])
      await client[Symbol.asyncDispose]()
      await broker[Symbol.asyncDispose]()
    },
  )

  test.skipIf(lack !== undefined || !kind.traffic.receiving)('receives what it subscribed to', async () => {
    const { broker, told, context } = await stage()
    const client = await start(kind, { ...context, subscribe: { topic: 'halfopen/r/1/down', qos: 1 } })
    await until(() => says(told, 'connected'))
    const payload = encodePayload({ flow: 'down', seq: 5 })
    // A bridge carries the topics of its own run alone.
    const publisher = kind.bridges ? mqttjs : kind
    const other = await start(publisher, { ...context, clientId: 'other' })
    // The subscription may come after the first of them.
    await until(() => {
      other.publish?.({ topic: 'halfopen/r/1/down', qos: 0, payload }, 5)
      return told.some(event => event.what === 'received' && event.flow === 'down' && event.seq === 5)
    })
    await client[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
    await broker[Symbol.asyncDispose]()
  })
})
