/** The whole programme on virtual time, with real libraries as the device. */
import { describe, expect, test } from 'vitest'
import { parseEvidence } from '../../../src/evidence/read-evidence.ts'
import { formatEvidence } from '../../../src/evidence/write.ts'
import { backsOff, mqttjs, outcomeOf, publishes, resultsOf, simulated, told } from './simulated.ts'

describe('MQTT.js 5.16 with an exponential backoff with jitter', () => {
  test('passes, idle', async () => {
    const run = await simulated({
      device(dial, _clock, mqtt) {
        const client = backsOff(mqttjs(mqtt, dial, { reconnectPeriod: 0, clean: false }))
        client.on('connect', () => client.subscribe('down'))
      },
    })
    expect(resultsOf(run)).toEqual({
      interval: 'pass',
      // MQTT.js gives up when no PINGRESP comes past a large message.
      messages: 'warning',
      pingresp: 'pass',
      'half-open-idle': 'pass',
      'half-open-publishing': 'not tested',
      backoff: 'pass',
      connack: 'pass',
      session: 'pass',
      // It subscribes with QoS 0.
      'kept-message': 'not tested',
      'session-lost': 'pass',
      'take-over': 'pass',
      sleep: 'not tested',
      'server-keep-alive': 'not tested',
    })
    // 1.5K after the last answer: the worst case, since the path is cut right after one.
    for (const step of ['pingresp', 'half-open-idle'])
      expect(told(outcomeOf(run, step))).toContain('15.00 s (1.5K) after the fault')
    expect(told(outcomeOf(run, 'half-open-idle'))).toContain('the broker closed 15.00 s (1.5K)')
    expect(told(outcomeOf(run, 'connack'))).toContain('29.96 s after its CONNECT')
    expect(run.subject).toMatchObject({
      clientId: 'sensor-1',
      address: '10.0.0.7',
      protocol: 4,
      declaredS: 10,
      subscribes: true,
    })
  })

  test('takes a message that was kept for it while it was away', async () => {
    const run = await simulated({
      only: ['kept-message'],
      device(dial, _clock, mqtt) {
        const client = backsOff(mqttjs(mqtt, dial, { reconnectPeriod: 0, clean: false }))
        client.on('connect', () => client.subscribe('down', { qos: 1 }))
      },
    })
    expect(told(outcomeOf(run, 'kept-message'))).toMatch(/^pass\npass: it acknowledged what had been kept for it/)
  })

  test('passes, publishing: the half that asks for silence is not tested, by name', async () => {
    const run = await simulated({
      device(dial, _clock, mqtt) {
        publishes(backsOff(mqttjs(mqtt, dial, { reconnectPeriod: 0 })), 2000)
      },
    })
    expect(resultsOf(run)).toMatchObject({
      interval: 'pass',
      pingresp: 'pass',
      'half-open-publishing': 'pass',
      backoff: 'pass',
    })
    expect(told(outcomeOf(run, 'half-open-idle'))).toMatch(
      /^not tested\n.*published 15 messages in 30.00 s.*never idle/,
    )
    expect(told(outcomeOf(run, 'half-open-publishing'))).toContain('15.00 s (1.5K) after the fault')
  })

  test('is told what a clean session is', async () => {
    const run = await simulated({
      device: (dial, _clock, mqtt) => void backsOff(mqttjs(mqtt, dial, { reconnectPeriod: 0 })),
      only: ['session'],
    })
    expect(told(outcomeOf(run, 'session'))).toMatch(/^not tested\n.*clean session/)
  })

  test('sends a message under way again when its session is resumed', async () => {
    const run = await simulated({
      device(dial, _clock, mqtt) {
        const client = backsOff(mqttjs(mqtt, dial, { reconnectPeriod: 0, clean: false }))
        client.on('connect', () => client.subscribe('down'))
        publishes(client, 2000, 1)
      },
      only: ['interval', 'session'],
    })
    const outcome = outcomeOf(run, 'session')
    // MQTT.js 5.16.0 leaves DUP out: handlers/connack sends the stored packet as it was.
    expect(told(outcome)).toMatch(
      /^warning\n[\s\S]*of 1 message without acknowledgement, all came again with the same id, but without DUP/,
    )
    expect(outcome.remarks.find(({ result }) => result === 'warning')?.clause).toBe('MQTT 3.1.1 [MQTT-3.3.1-1]')
  })
})

describe('MQTT.js 4.3.8', () => {
  test('fails at half-open while publishing: its own writes keep it from ever giving up', async () => {
    const run = await simulated({
      module: 'mqtt4',
      device: (dial, _clock, mqtt) => publishes(mqttjs(mqtt, dial), 2000),
    })
    const outcome = outcomeOf(run, 'half-open-publishing')
    expect(told(outcome)).toMatch(
      /^fail\nfail: the device never gave up \(it kept writing: 1\d packets\) in 31.50 s \(3.15K\)/,
    )
    expect(outcome.remarks[0]?.advice).toContain('let only what is received restart the timer')
    expect(outcome.remarks[0]?.clause).toBe('MQTT 3.1.1 §3.1.2.10')
  })

  test('gives up in time while idle', async () => {
    const run = await simulated({
      module: 'mqtt4',
      device: (dial, _clock, mqtt) => void mqttjs(mqtt, dial),
      only: ['half-open-idle'],
    })
    expect(told(outcomeOf(run, 'half-open-idle'))).toMatch(/^pass\npass: the device closed 19.9\d s \(2K\)/)
  })
})

test("a client with a constant backoff (MQTT.js' default) fails at reconnect backoff", async () => {
  const run = await simulated({ device: (dial, _clock, mqtt) => void mqttjs(mqtt, dial), only: ['backoff'] })
  const outcome = outcomeOf(run, 'backoff')
  expect(told(outcome)).toMatch(/^fail\nfail: constant delay of 1.00 s, the same pace however long the outage/)
  expect(outcome.remarks[0]?.advice).toContain('wait twice as long after each failure')
})

test('the evidence can be read again and holds nobody else under the device', async () => {
  const run = await simulated({
    device(dial, _clock, mqtt) {
      mqttjs(mqtt, dial, { username: 'device-user', password: 'device-secret' })
      mqttjs(mqtt, dial, { clientId: 'other' }).on('connect', () => {})
    },
    clientId: 'sensor-1',
    only: ['interval', 'pingresp'],
  })
  const text = formatEvidence(run.evidence)
  const { events } = parseEvidence(text, 'device.ndjson')
  expect(text).not.toMatch(/device-user|device-secret/)
  const ids = events.flatMap(event =>
    event.what === 'packet' && event.packet.cmd === 'connect'
      ? [`${event.packet.clientId} ${event.device ?? '-'}`]
      : [],
  )
  expect(new Set(ids)).toEqual(new Set(['sensor-1 1', 'other -']))
  expect(run.strangers).toEqual(['other'])
})
