/** Who is tested, and what is said where there is nobody. Virtual time. */
import { describe, expect, test } from 'vitest'
import { absent } from '../../../src/commands/device/report/document.ts'
import { resultOf } from '../../../src/commands/device/report/results.ts'
import { type Habits, RawDevice } from './raw-device.ts'
import { outcomeOf, resultsOf, type Simulation, simulated, told } from './simulated.ts'

const GOOD: Habits = { answerMs: 5000, connackMs: 20_000 }
const device =
  (...all: readonly Habits[]): Simulation['device'] =>
  (dial, clock) => {
    // One after the other: which of two SYNs of the same moment is read first is up to the seed.
    for (const [index, habits] of all.entries())
      clock.at(clock.nowMs() + index, () => new RawDevice(dial, clock, { ...GOOD, ...habits }))
  }

describe('several clients', () => {
  test('the first that connects is tested; the others are named once and not judged', async () => {
    const strangers: string[] = []
    const run = await simulated({
      device: device({ clientId: 'first' }, { clientId: 'never-pings', pingEveryMs: 0 }),
      only: ['interval', 'pingresp'],
      watcher: { stranger: clientId => strangers.push(clientId) },
    })
    expect(run.subject?.clientId).toBe('first')
    expect(resultsOf(run)).toEqual({ interval: 'pass', pingresp: 'pass' })
    // It is cut off and comes back several times.
    expect(strangers).toEqual(['never-pings'])
  })

  test('a client id chooses, and one with * what ids begin with', async () => {
    const both = device({ clientId: 'first' }, { clientId: 'second' })
    const chosen = await simulated({ device: both, only: ['interval'], clientId: 'second' })
    expect(chosen.subject?.clientId).toBe('second')
    const begun = await simulated({ device: both, only: ['interval'], clientId: 'sec*' })
    expect(begun.subject?.clientId).toBe('second')
  })

  test("attempts of somebody else's address are not counted as the device's", async () => {
    const run = await simulated({
      device: device(
        { clientId: 'sensor', reconnectMs: failures => 1000 * 2 ** failures },
        { clientId: 'other', reconnectMs: () => 100, from: '10.0.0.8' },
      ),
      only: ['backoff'],
      clientId: 'sensor',
    })
    expect(told(outcomeOf(run, 'backoff'))).toMatch(/^warning\nwarning: exponential, factor 2.0/)
  })
})

describe('nobody to test', () => {
  const waits = { limits: { waitMs: 60_000 }, only: ['interval', 'pingresp'] }
  const reason = async (simulation: Partial<Simulation>) => {
    const run = await simulated({ device() {}, ...waits, ...simulation })
    expect(resultOf(run)).toBe('inconclusive')
    expect(run.subject).toBeUndefined()
    return absent(run)
  }

  test('no connection', async () => {
    expect(await reason({})).toBe('No device connected within 60 s.')
  })

  test('a connection without CONNECT', async () => {
    expect(await reason({ device: dial => void dial() })).toBe('1 connection came within 60 s, but without a CONNECT.')
  })

  test('not MQTT', async () => {
    expect(await reason({ device: dial => void dial().write('EHLO lamp\r\n') })).toMatch(/but not with MQTT: /)
  })

  test('a WebSocket, to a broker that speaks plain MQTT', async () => {
    expect(await reason({ device: dial => void dial().write('GET / HTTP/1.1\r\n\r\n') })).toMatch(
      /came within 60 s over a WebSocket, but without a CONNECT/,
    )
  })

  test('the broker refuses', async () => {
    const text = await reason({ device: device({ protocol: 5, reconnectMs: () => undefined }) })
    expect(text).toBe(
      '1 connection came within 60 s, but the broker refused the CONNECT with code 1, since it speaks no MQTT 5.0: use --broker mosquitto, or one of your own.',
    )
  })

  test('another client id than the one that was named', async () => {
    expect(await reason({ device: device({ clientId: 'a' }), clientId: 'b' })).toMatch(
      /but none with the client id that was named: 'a'/,
    )
  })

  test('the broker does not answer', async () => {
    expect(await reason({ device: device({}), broker: stream => stream.resume() })).toMatch(
      /the broker answered no CONNECT/,
    )
  })
})

test('a device that goes away for good leaves the rest untested, after one wait', async () => {
  const run = await simulated({
    device: device({ reconnectMs: () => undefined }),
    limits: { waitMs: 30_000 },
    only: ['interval', 'pingresp', 'half-open-idle', 'connack'],
  })
  expect(resultsOf(run)).toEqual({
    interval: 'pass',
    pingresp: 'fail',
    'half-open-idle': 'not tested',
    connack: 'not tested',
  })
  expect(told(outcomeOf(run, 'connack'))).toContain('the device was not back within 30 s')
})

test('a client id that changes with each connection is pointed out', async () => {
  let count = 0
  const run = await simulated({
    device(dial, clock) {
      const next = () => {
        const clientId = `random-${++count}`
        new RawDevice(dial, clock, { ...GOOD, clientId, reconnectMs: () => undefined })
        clock.at(clock.nowMs() + 60_000, next)
      }
      next()
    },
    limits: { waitMs: 100_000, backMs: 1000 },
    only: ['pingresp', 'connack'],
  })
  expect(told(outcomeOf(run, 'connack'))).toMatch(
    /not back within 100 s; meanwhile came 'random-2'.*--client-id 'PREFIX\*'/,
  )
})

test('where the device speaks TLS only what needs no packets is tested', async () => {
  const hello = Buffer.from([0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5])
  const run = await simulated({
    tls: true,
    broker: stream => void stream.on('data', () => stream.write(hello)).on('error', () => {}),
    device(dial, clock) {
      let failures = 0
      const connect = () => {
        const socket = dial()
        socket.on('error', () => {})
        socket.on('close', () => clock.at(clock.nowMs() + 1000 * 2 ** failures++, connect))
        socket.write(hello)
      }
      connect()
    },
  })
  const { backoff, ...others } = resultsOf(run)
  expect(backoff).toBe('warning')
  expect(new Set(Object.values(others))).toEqual(new Set(['not tested']))
  expect(told(outcomeOf(run, 'interval'))).toContain("the link can't read TLS")
  expect(told(outcomeOf(run, 'backoff'))).toMatch(/exponential, factor 2.0[\s\S]*note: it was back/)
})

describe('stopped', () => {
  test('in a step: what was done is there, the rest is not', async () => {
    const run = await simulated({ device: device({}), stopAtMs: 40_000 })
    expect(run.stopped).toBe(true)
    expect(resultsOf(run)).toEqual({ interval: 'pass', pingresp: 'not tested' })
    expect(told(outcomeOf(run, 'pingresp'))).toContain('stopped before its end')
    expect(run.evidence.events.at(-1)?.what).toBe('ended')
  })

  test('while nobody has come', async () => {
    const run = await simulated({ device() {}, stopAtMs: 5000 })
    expect(run.outcomes).toHaveLength(1)
    expect(absent(run)).toBe('None had connected by the time that it was stopped.')
  })
})
