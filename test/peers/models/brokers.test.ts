import { describe, expect, test } from 'vitest'
import { milliseconds } from '../../../src/model/duration.ts'
import type { Event } from '../../../src/model/event.ts'
import { played, type Sketch } from '../../sim/play.ts'
import { timesOf } from '../../sim/timeline.ts'

const brokerClosed = (event: Event) => event.what === 'fin' && event.edge === 'broker' && event.from === 'broker'

/** A client that connects and never speaks again: when is it sent away? */
async function droppedAfterMs(
  broker: string,
  keepaliveS: number,
  more: Partial<Sketch> = {},
): Promise<number | undefined> {
  const evidence = await played({ broker, keepaliveS, client: 'silent', latencyMs: 0, untilMs: 120_000, ...more })
  return timesOf(evidence, brokerClosed)[0]
}

/** Over the phase of the broker's clock, every 100 ms of a scan. */
async function windowOf(broker: string, keepaliveS: number, scanS: number) {
  const seen: number[] = []
  for (let phaseS = 0; phaseS < scanS; phaseS += 0.1) {
    seen.push((await droppedAfterMs(broker, keepaliveS, { brokerOptions: { phaseS } })) ?? Infinity)
  }
  return { leastMs: Math.min(...seen), mostMs: Math.max(...seen) }
}

describe.each([
  { broker: 'mosquitto-2.0.11', scanS: 6 },
  { broker: 'mosquitto-2.0.18', scanS: 6 },
  { broker: 'mosquitto-2.0.22', scanS: 1 },
])('the model $broker', ({ broker, scanS }) => {
  test.each([1, 2, 3, 5, 10])(
    'drops a silent client with K = %i between floor(1.5K) and a scan and a second later',
    async keepaliveS => {
      const { leastMs, mostMs } = await windowOf(broker, keepaliveS, scanS)
      const allowedMs = Math.floor(1.5 * keepaliveS) * 1000
      expect(leastMs).toBeGreaterThan(allowedMs)
      expect(leastMs).toBeLessThanOrEqual(allowedMs + 200)
      expect(mostMs).toBeGreaterThan(allowedMs + scanS * 1000 - 200)
      expect(mostMs).toBeLessThanOrEqual(allowedMs + (scanS + 1) * 1000)
    },
  )

  test('publishes the will of a client that it drops, and says so', async () => {
    const evidence = await played({ broker, keepaliveS: 5, client: 'silent', latencyMs: 0, untilMs: 60_000 })
    const [droppedMs] = timesOf(evidence, brokerClosed)
    expect(timesOf(evidence, ({ what }) => what === 'will')).toEqual([droppedMs])
    expect(timesOf(evidence, ({ what }) => what === 'keepalive-timeout')).toEqual([droppedMs])
    expect(evidence.header.broker).toEqual({
      name: 'mosquitto',
      version: broker.slice('mosquitto-'.length),
      model: true,
    })
  })

  test('never drops a client that pings', async () => {
    const evidence = await played({ broker, keepaliveS: 2, untilMs: 600_000 })
    expect(timesOf(evidence, brokerClosed)).toEqual([])
  })
})

test('without a keep-alive a silent client stays, unless max_keepalive rules that out', async () => {
  expect(await droppedAfterMs('mosquitto-2.0.22', 0)).toBeUndefined()
  const limited = { brokerOptions: { max_keepalive: 10, phaseS: 0 }, protocol: 5 } as const
  expect(await droppedAfterMs('mosquitto-2.0.22', 0, limited)).toBeCloseTo(16_000, -3)
})

test('over max_keepalive 2.0.22 refuses a 3.1.1 client, 2.0.11 drops it earlier than it asked for', async () => {
  const refused = await played({
    broker: 'mosquitto-2.0.22',
    brokerOptions: { max_keepalive: 10 },
    keepaliveS: 60,
    untilMs: 100_000,
  })
  const notes = refused.events.flatMap(event => (event.what === 'trouble' ? [event.note] : []))
  expect(notes).toEqual(['the broker refused client 1: CONNACK 2'])
  const clamped = await droppedAfterMs('mosquitto-2.0.11', 60, { brokerOptions: { max_keepalive: 10 } })
  expect(clamped).toBeGreaterThan(15_000)
  expect(clamped).toBeLessThan(23_000)
})

test('a second connection with the same client id sends the first away, with its will', async () => {
  const troubles = [{ atMs: 10_000, fault: 'reset', options: { side: 'client' } }]
  const evidence = await played({ broker: 'mosquitto', keepaliveS: 60, untilMs: 20_000, troubles })
  const [secondMs] = timesOf(
    evidence,
    event => event.what === 'packet' && event.packet.cmd === 'connect' && event.edge === 'broker' && event.conn === 2,
  )
  expect(secondMs).toBeDefined()
  expect(timesOf(evidence, brokerClosed)).toEqual([secondMs])
  expect(timesOf(evidence, ({ what }) => what === 'will')).toEqual([secondMs])
})

test.each([0, 1, 2] as const)('messages of QoS %i arrive, both ways', async qos => {
  const every = milliseconds(1000)
  const evidence = await played({
    broker: 'mosquitto',
    keepaliveS: 60,
    untilMs: 20_500,
    traffic: { publishing: { qos, every }, receiving: { qos, every } },
  })
  const received = (who: string) =>
    evidence.events.flatMap(event => (event.what === 'received' && event.who === who ? [event.seq] : []))
  expect(received('witness')).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
  expect(received('client')).toEqual(received('witness'))
})

test('a session that was not clean gets what it missed', async () => {
  const evidence = await played({
    broker: 'mosquitto',
    keepaliveS: 60,
    clientOptions: { clean: false },
    untilMs: 60_000,
    traffic: { receiving: { qos: 1, every: milliseconds(1000) } },
    troubles: [
      { atMs: 10_200, fault: 'blackhole', forMs: 20_000 },
      { atMs: 10_300, fault: 'reset', options: { side: 'both' } },
    ],
  })
  const seen = new Set(
    evidence.events.flatMap(event => (event.who === 'client' && event.what === 'received' ? [event.seq] : [])),
  )
  const published = evidence.events.filter(event => event.who === 'witness' && event.what === 'published').length
  expect(published).toBeGreaterThan(50)
  expect(seen.size).toBeGreaterThanOrEqual(published - 1)
})
