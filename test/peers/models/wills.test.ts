/** The will of MQTT 5.0 in the broker models and with MQTT.js, in virtual time. */
import { describe, expect, test } from 'vitest'
import type { Evidence } from '../../../src/model/evidence.ts'
import { played as playedIn, type Sketch } from '../../sim/play.ts'

const blackhole = { atMs: 3000, forMs: 60_000, fault: 'blackhole' }
const played = (given: Partial<Sketch>) =>
  playedIn({ keepaliveS: 2, untilMs: 40_000, broker: 'mosquitto', protocol: 5, troubles: [blackhole], ...given })

const dateOf = ({ events }: Evidence, who: string, what: string): number =>
  events.find(event => event.who === who && event.what === what)?.atMs ?? Number.NaN
const connect = ({ events }: Evidence) =>
  events.flatMap(event => (event.what === 'packet' && event.packet.cmd === 'connect' ? [event.packet] : []))[0]
const afterTheDrop = (evidence: Evidence) =>
  dateOf(evidence, 'witness', 'will') - dateOf(evidence, 'broker', 'keepalive-timeout')

describe.each(['mqttjs', 'paho-c'])('the will of %s', client => {
  test('goes out at once without a delay', async () =>
    expect(afterTheDrop(await played({ client }))).toBeLessThan(1000))

  test('waits for its delay, for which the client asks for a session', async () => {
    const evidence = await played({ client, will: { delayS: 10, qos: 2, retain: true, size: 4000 } })
    expect(connect(evidence)).toMatchObject({
      will: { delayS: 10, qos: 2, retain: true },
      sessionExpiryS: 10,
    })
    expect(connect(evidence)?.bytes).toBeGreaterThan(4000)
    expect(afterTheDrop(evidence)).toBeGreaterThanOrEqual(10_000)
    expect(afterTheDrop(evidence)).toBeLessThan(11_000)
  })
})

test('the will goes out with a session that ends sooner', async () => {
  const clientOptions = { properties: { sessionExpiryInterval: 4 } }
  const evidence = await played({ will: { delayS: 10 }, clientOptions })
  expect(afterTheDrop(evidence)).toBeGreaterThanOrEqual(4000)
  expect(afterTheDrop(evidence)).toBeLessThan(5000)
})

test('a client that goes on with its session before the delay is over takes its will back', async () => {
  const clientOptions = { clean: false, properties: { sessionExpiryInterval: 60 } }
  const troubles = [{ ...blackhole, forMs: 7000 }]
  const evidence = await played({ will: { delayS: 20 }, clientOptions, troubles })
  expect(dateOf(evidence, 'witness', 'will')).toBeNaN()
})

test('one that begins a new session ends the old one, and its will goes out then', async () => {
  const troubles = [{ ...blackhole, forMs: 7000 }]
  const evidence = await played({ will: { delayS: 20 }, troubles })
  expect(afterTheDrop(evidence)).toBeLessThan(10_000)
})
