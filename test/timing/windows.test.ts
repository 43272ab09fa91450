import { describe, expect, test } from 'vitest'
import { windowsFor } from '../../src/timing/windows.ts'
import { header, type Setting } from '../evidence/builder.ts'

/** Written down from facts/keepalive.md by hand, plus the allowance of 250 ms for scheduling where a profile is used. */
const ALLOWANCE = 250

const at = (keepaliveS: number, setting: Setting = {}) =>
  windowsFor(header({ keepaliveS, ...setting }), keepaliveS * 1000)
const broker = (name: string, version: string, keepaliveS: number) => {
  const window = at(keepaliveS, { broker: { name, version } }).brokerDrops
  return window && [window.earliestMs, window.latestMs]
}
const client = (name: string, version: string, keepaliveS: number, protocol: 4 | 5 = 4) => {
  const window = at(keepaliveS, { client: { name, version }, protocol }).clientGivesUp
  return window && [window.earliestMs, window.latestMs]
}

describe('the broker drops a client', () => {
  test.each([
    ['aedes', '1.2.0', 2, 2000, 3001 + ALLOWANCE],
    ['aedes', '1.2.0', 1, 500, 1501 + ALLOWANCE],
    ['mosquitto', '2.0.11', 2, 2000, 10_000 + ALLOWANCE],
    ['mosquitto', '2.0.11', 3, 3500, 11_000 + ALLOWANCE],
    ['mosquitto', '2.0.20', 10, 14_000, 22_000 + ALLOWANCE],
    ['mosquitto', '2.0.21', 10, 14_000, 16_100 + ALLOWANCE],
    ['mosquitto', '2.1.2', 5, 6500, 8100 + ALLOWANCE],
    ['rabbitmq', '3.13.7', 60, 89_000, 135_000 + ALLOWANCE],
    ['rabbitmq', '3.10.8', 2, 2000, 6000 + ALLOWANCE],
    ['emqx', '5.8.9', 60, 89_000, 150_000 + ALLOWANCE],
    ['emqx', '5.8.9', 10, 14_000, 20_000 + ALLOWANCE],
    ['emqx', '5.8.9', 1, 500, 3000 + ALLOWANCE],
    ['emqx', '5.5.0', 60, 89_000, 180_000 + ALLOWANCE],
    ['artemis', '2.44', 60, 89_000, 94_000 + ALLOWANCE],
  ])('%s %s at K = %i s: %i to %i ms', (name, version, keepaliveS, earliestMs, latestMs) =>
    expect(broker(name, version, keepaliveS)).toEqual([earliestMs, latestMs]),
  )

  test('one that nobody measured gets a second, which is its allowance too', () =>
    expect(broker('external', 'unknown', 2)).toEqual([2000, 4000]))

  test('a version outside the profiles is unknown', () => expect(broker('aedes', '2.0.0', 2)).toEqual([2000, 4000]))

  test('says the formula, the clause with its version, and the profile', () => {
    expect(at(2).brokerDrops).toMatchObject({
      origin: 'profile',
      source: '1.5K - 1 s to 1.5K + 251 ms, MQTT 3.1.1 [MQTT-3.1.2-24] + aedes 1.2.0 profile',
    })
    expect(at(2, { protocol: 5, broker: { name: 'external', version: 'unknown' } }).brokerDrops).toMatchObject({
      origin: 'spec',
      source: '1.5K - 1 s to 1.5K + 1 s, MQTT 5.0 [MQTT-3.1.2-22]',
    })
  })

  test('the link does not widen it: both ends are dated at the broker', () =>
    expect(at(2, { latencyMs: 500 }).brokerDrops).toEqual(at(2).brokerDrops))
})

describe('the client gives up', () => {
  test.each([
    ['mqttjs', '5.16.0', 2, 1000 - ALLOWANCE, 3000 + ALLOWANCE],
    ['mqttjs', '5.6.0', 4, 2000 - ALLOWANCE, 6000 + ALLOWANCE],
    ['mqttjs', '5.5.5', 4, 4000 - ALLOWANCE, 8100 + ALLOWANCE],
    ['mqttjs', '5.5.4', 4, 4000 - ALLOWANCE, 8000 + ALLOWANCE],
    ['mqttjs', '4.3.8', 2, 2000 - ALLOWANCE, 4000 + ALLOWANCE],
    ['paho-python', '2.1.0', 4, 4000 - ALLOWANCE, 10_000 + ALLOWANCE],
    ['libmosquitto', '2.0.11', 5, 4000 - ALLOWANCE, 11_000 + ALLOWANCE],
    ['paho-c', '1.3.15', 20, 30_000 - ALLOWANCE, 53_100 + ALLOWANCE],
    ['paho-c', '1.3.15', 60, 90_000 - ALLOWANCE, 156_000 + ALLOWANCE],
    ['paho-go', '1.5.1', 30, 10_000 - ALLOWANCE, 50_000 + ALLOWANCE],
    ['paho-go', '1.5.1', 8, 10_000 - ALLOWANCE, 22_000 + ALLOWANCE],
    ['hivemq-client', '1.4.0', 10, 9900 - ALLOWANCE, 19_800 + ALLOWANCE],
    ['rumqttc', '0.25.1', 5, 5000 - ALLOWANCE, 10_000 + ALLOWANCE],
    ['aws-c-mqtt', '0.16.2', 30, 3000 - ALLOWANCE, 33_000 + ALLOWANCE],
    ['esp-mqtt', '1.1.0', 120, 60_000 - ALLOWANCE, 121_000 + ALLOWANCE],
  ])('%s %s at K = %i s: %i to %i ms', (name, version, keepaliveS, earliestMs, latestMs) =>
    expect(client(name, version, keepaliveS)).toEqual([earliestMs, latestMs]),
  )

  test('AWS waits min(30 s, K/2) in MQTT 5, whatever it does in 3.1.1', () => {
    expect(client('aws-c-mqtt', '0.16.2', 20, 5)).toEqual([10_000 - ALLOWANCE, 30_000 + ALLOWANCE])
    expect(client('aws-c-mqtt', '0.16.2', 100, 5)).toEqual([30_000 - ALLOWANCE, 130_000 + ALLOWANCE])
  })

  test('a model has the profile of the family that it stands for', () => {
    expect(client('mqttjs-4', '4.3.8', 2)).toEqual(client('mqttjs', '4.3.8', 2))
    expect(client('aws-iot', '0.16.2', 30)).toEqual(client('aws-c-mqtt', '0.16.2', 30))
    expect(broker('mosquitto-2.0.11', '2.0.11', 2)).toEqual(broker('mosquitto', '2.0.11', 2))
  })

  test('an unknown one has until 2K + 1 s, and the spec gives no number', () => {
    expect(at(2, { client: { name: 'command', version: 'unknown' } }).clientGivesUp).toEqual({
      earliestMs: 0,
      latestMs: 5000,
      origin: 'spec',
      source: '2K + 1 s, unknown client; MQTT 3.1.1 §3.1.2.10 gives no number',
    })
  })

  test('the round trip widens it both ways: an answer may have been under way', () => {
    const window = at(2, { latencyMs: 20 }).clientGivesUp
    expect([window?.earliestMs, window?.latestMs]).toEqual([1000 - 290, 3000 + 290])
  })
})

describe('pings and wills', () => {
  test.each([
    [1, 1500],
    [2, 3000],
    [3, 4000],
    [60, 61_000],
  ])('at K = %i s a healthy client is silent for at most %i ms', (keepaliveS, latestMs) =>
    expect(at(keepaliveS).pings).toMatchObject({ earliestMs: 0, latestMs, origin: 'spec' }),
  )

  test('a 3.1.1 will has a second, whatever properties the options carry', () => {
    const clientOptions = { properties: { sessionExpiryInterval: 60 } }
    expect(at(2, { willDelayS: 5, clientOptions }).will).toMatchObject({ earliestMs: 0, latestMs: 1000 })
  })

  test.each([
    [5, 60, 4000, 6000],
    [60, 5, 4000, 6000],
    [5, 0, 0, 1000],
    // Where the scenario does not speak of the session, the client asks for one that lasts as long as the delay.
    [5, undefined, 4000, 6000],
  ])('an MQTT 5 will waits min(delay %o, expiry %o)', (delay, expiry, earliestMs, latestMs) => {
    const clientOptions = { properties: { sessionExpiryInterval: expiry } }
    expect(at(2, { willDelayS: delay, clientOptions, protocol: 5 }).will).toMatchObject({ earliestMs, latestMs })
  })

  test('a keep-alive of 0 leaves nobody a duty', () =>
    expect(at(0)).toMatchObject({
      brokerDrops: undefined,
      clientGivesUp: undefined,
      pings: { latestMs: Number.POSITIVE_INFINITY },
    }))
})
