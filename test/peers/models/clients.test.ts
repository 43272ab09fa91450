import { describe, expect, test } from 'vitest'
import { milliseconds } from '../../../src/model/duration.ts'
import type { Event } from '../../../src/model/event.ts'
import type { Evidence } from '../../../src/model/evidence.ts'
import { clientModels } from '../../../src/peers/models/clients/index.ts'
import { played, type Sketch } from '../../sim/play.ts'
import { timesOf } from '../../sim/timeline.ts'

const K_S = 20
const K_MS = K_S * 1000

const at = (evidence: Evidence, cmd: string, edge: string) =>
  timesOf(evidence, event => event.what === 'packet' && event.packet.cmd === cmd && event.edge === edge)
const closed = (event: Event) => event.what === 'fin' && event.edge === 'client' && event.from === 'client'

/** How long after the path died the client closed; `undefined` where it never did. */
async function gaveUpAfterMs(client: string, diedMs: number, more: Partial<Sketch> = {}): Promise<number | undefined> {
  const evidence = await played({
    keepaliveS: K_S,
    client,
    clientOptions: { reconnect: false },
    latencyMs: 0,
    untilMs: diedMs + 5 * K_MS,
    troubles: [{ atMs: diedMs, fault: 'blackhole', options: { direction: 'down' } }],
    ...more,
  })
  const [closedMs] = timesOf(evidence, event => closed(event) && event.atMs > diedMs)
  return closedMs === undefined ? undefined : closedMs - diedMs
}

/**
 * Best: the path dies just before the PINGREQ. Worst: just after the last PINGRESP. In multiples of K = 20 s, with `ping`
 * the first one's date; from the table of clients in the facts, which was read in the real clients' source.
 */
const TABLE = [
  { client: 'libmosquitto', ping: 1, best: 1, worst: 2 },
  { client: 'paho-python', ping: 1, best: 1, worst: 2 },
  { client: 'paho-python-2.2', ping: 1, best: 1, worst: 2 },
  { client: 'paho-java', ping: 1, best: 1, worst: 2 },
  // It looks at every second round of 1.1 s: K = 20 s is found after 22 s, 1.5K = 30 s after 30.8 s.
  { client: 'paho-c', ping: 1.1, best: 1.54, worst: 2.64 },
  { client: 'rumqttc', ping: 1, best: 1, worst: 2 },
  { client: 'hivemq', ping: 0.995, best: 0.995, worst: 1.99 },
  { client: 'esp-mqtt', ping: 0.5, best: 0.5, worst: 1 },
  { client: 'aws-iot', ping: 1, best: 0.15, worst: 1.15 },
  { client: 'mqttjs-4', ping: 1, best: 1, worst: 2 },
  // P = 10 s and looks every 5 s: 10 s is found at the third look.
  { client: 'paho-go', ping: 1, best: 0.75, worst: 1.75 },
]

test('every client model is in the table', () => {
  expect(TABLE.map(({ client }) => client).sort()).toEqual([...clientModels.keys()].sort())
})

describe.each(TABLE)('$client', ({ client, ping, best, worst }) => {
  test('stays connected while all is well, and pings when it is due', async () => {
    const evidence = await played({ keepaliveS: K_S, client, latencyMs: 0, untilMs: 10 * K_MS })
    expect(at(evidence, 'pingreq', 'client')[0]).toBe(ping * K_MS)
    expect(at(evidence, 'pingreq', 'client').length).toBeGreaterThanOrEqual(9)
    expect(timesOf(evidence, closed)).toEqual([])
    expect(evidence.header.client.model).toBe(true)
  })

  test(`gives up ${best}K after a path that died just before the PINGREQ`, async () => {
    expect(await gaveUpAfterMs(client, ping * K_MS - 1)).toBeCloseTo(best * K_MS + 1, -1)
  })

  test(`gives up ${worst}K after a path that died just after the last PINGRESP`, async () => {
    const pingMs = ping * K_MS
    expect(await gaveUpAfterMs(client, pingMs + 1)).toBeCloseTo(worst * K_MS - 1, -1)
  })
})

const PUBLISHING = { publishing: { qos: 0, every: milliseconds(500) } } as const

test('MQTT.js 4 never gives up while it publishes more often than K', async () => {
  expect(await gaveUpAfterMs('mqttjs-4', 30_000, { traffic: PUBLISHING, untilMs: 40 * K_MS })).toBeUndefined()
})

test('the model of MQTT.js 4 closes and pings when MQTT.js 4.3.8 does', async () => {
  const dates = async (client: Partial<Sketch>) => {
    const trouble = { atMs: 50_000, fault: 'blackhole' }
    const evidence = await played({ keepaliveS: K_S, untilMs: 200_000, troubles: [trouble], ...client })
    return { pings: at(evidence, 'pingreq', 'client'), closed: timesOf(evidence, closed).slice(0, 1) }
  }
  const real = await dates({ client: 'mqttjs', clientOptions: { module: 'mqtt4' } })
  expect(real.closed).toHaveLength(1)
  expect(await dates({ client: 'mqttjs-4' })).toEqual(real)
})

test.each(['libmosquitto', 'paho-python', 'paho-c'])(
  '%s gives up 2K and more late while it publishes, but it does',
  async client => {
    const lateMs = await gaveUpAfterMs(client, 30_000, { traffic: PUBLISHING })
    expect(lateMs).toBeGreaterThan(0)
    expect(lateMs).toBeLessThanOrEqual(2.5 * K_MS)
  },
)

test('Paho C says DISCONNECT as it gives up, so where that still arrives the will is dropped', async () => {
  const wills = async (client: string) => {
    const trouble = { atMs: 30_000, fault: 'blackhole', options: { direction: 'down' } }
    // Paho C needs more than 1.5K: a broker that closes just then is first, one that looks every 6 s may be later.
    const broker = { broker: 'mosquitto-2.0.11', brokerOptions: { phaseS: 1 } }
    const evidence = await played({ ...broker, keepaliveS: K_S, client, untilMs: 200_000, troubles: [trouble] })
    return timesOf(evidence, ({ what }) => what === 'will').length
  }
  expect([await wills('paho-c'), await wills('paho-java')]).toEqual([0, 1])
})

test('a Server Keep Alive is used by the clients that honour it', async () => {
  const firstPing = async (client: string) => {
    const broker = { broker: 'mosquitto', brokerOptions: { max_keepalive: 10 } }
    const evidence = await played({ ...broker, keepaliveS: 60, client, protocol: 5, latencyMs: 0, untilMs: 9_999 })
    const later = await played({ ...broker, keepaliveS: 60, client, protocol: 5, latencyMs: 0, untilMs: 10_000 })
    return [at(evidence, 'pingreq', 'client').length, at(later, 'pingreq', 'client').length]
  }
  expect(await firstPing('libmosquitto')).toEqual([0, 1])
  expect(await firstPing('paho-python')).toEqual([0, 0])
})

test('QoS 1 and 2 survive a lost connection', async () => {
  for (const qos of [1, 2] as const) {
    const traffic = { publishing: { qos, every: milliseconds(1000) } }
    const trouble = { atMs: 10_500, forMs: 60_000, fault: 'blackhole' }
    const evidence = await played({
      keepaliveS: 5,
      client: 'libmosquitto',
      traffic,
      untilMs: 200_000,
      troubles: [trouble],
    })
    const seen = (who: string) =>
      new Set(
        evidence.events.flatMap(event =>
          'seq' in event && event.who === who && event.what === 'received' ? [event.seq] : [],
        ),
      )
    const published = evidence.events.filter(({ what }) => what === 'published').length
    expect(published).toBeGreaterThan(150)
    expect(seen('witness').size).toBeGreaterThanOrEqual(published - 1)
  }
})

test('reconnecting backs off as the family does', async () => {
  const dials = async (client: string) => {
    const troubles = [
      { atMs: 1000, fault: 'blackhole' },
      { atMs: 1500, fault: 'reset', options: { side: 'client' } },
    ]
    const evidence = await played({ keepaliveS: 60, client, latencyMs: 0, untilMs: 400_000, troubles })
    const opened = timesOf(evidence, ({ what }) => what === 'reconnecting')
    return opened.slice(1).map((openMs, index) => openMs - (opened[index] ?? 0))
  }
  // 30 s without CONNACK, and then the delay.
  expect((await dials('libmosquitto')).slice(0, 3)).toEqual([31_000, 31_000, 31_000])
  expect((await dials('paho-python')).slice(0, 4)).toEqual([32_000, 34_000, 38_000, 46_000])
})
