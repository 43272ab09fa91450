import { describe, expect, test } from 'vitest'
import { checks } from '../../../src/judge/checks/index.ts'
import { judge } from '../../../src/judge/judge.ts'
import { run } from '../../evidence/builder.ts'
import { played } from '../../sim/play.ts'
import { outcome } from './verdicts.ts'

/** The client asks for `ownS`, the broker imposes 2 s. */
const imposed = (ownS: number) =>
  run({ keepaliveS: ownS, protocol: 5, expect: ['pings-on-time'] }).connect(0, { serverKeepAliveS: 2 })

describe('a client that ignores the Server Keep Alive fails by name', () => {
  test('where it pings after its own interval', () =>
    expect(outcome(imposed(10).ping(10_000).ended(11_000))).toMatchObject({
      result: 'fail',
      reason:
        'the client ignores the Server Keep Alive of 2 s: it pinged after 10.00 s, its own interval (MQTT 5.0 [MQTT-3.2.2-21])',
    }))

  test('where the broker cuts its silence short', () =>
    expect(outcome(imposed(10).end(3100, 'broker', 'broker').ended(11_000))).toMatchObject({
      result: 'fail',
      reason:
        'the client ignores the Server Keep Alive of 2 s: it sent nothing for 3.10 s, until the broker closed the connection; its own interval is 10 s (MQTT 5.0 [MQTT-3.2.2-21])',
    }))

  test('where its own is off', () =>
    expect(outcome(imposed(0).ended(5000)).reason).toBe(
      'the client ignores the Server Keep Alive of 2 s: it sent nothing for 5.00 s; its own keep-alive is off (MQTT 5.0 [MQTT-3.2.2-21])',
    ))

  test('but one that is merely late fails as any other', () => {
    const late = outcome(imposed(10).ping(2000, 5500).ended(6000))
    expect(late.result).toBe('fail')
    expect(late.reason).toMatch(/^client sent its next packet 3\.50 s/)
  })

  test('and one that follows passes', () =>
    expect(outcome(imposed(10).ping(2000, 4000, 6000).ended(7000)).result).toBe('pass'))

  test.each([
    [
      'paho-python',
      'fail',
      /^the client ignores the Server Keep Alive of 2 s: it sent nothing for 3\.\d+ s, until the broker closed/,
    ],
    ['mqttjs', 'pass', /^client sent its next packet 2\.\d+ s \(1\.0\dK\)/],
  ])('%s: %s', async (client, expected, reason) => {
    const evidence = await played({
      client,
      broker: 'mosquitto-2.0.22',
      brokerOptions: { max_keepalive: 2, phaseS: 0 },
      protocol: 5,
      keepaliveS: 10,
      untilMs: 9000,
    })
    const position = { file: 'x', line: 1, column: 1 }
    const expect_ = [{ check: 'pings-on-time', params: {}, position }]
    const { header, events } = evidence
    const [found] = judge(
      { header: { ...header, scenario: { ...header.scenario, expect: expect_ } }, events },
      checks,
    ).outcomes
    expect(found?.reason).toMatch(reason)
    expect(found?.result).toBe(expected)
  })
})

describe("the broker's DISCONNECT", () => {
  const dropped = (code: number) =>
    outcome(
      run({ protocol: 5, expect: ['broker-drops-client'] })
        .connect(0)
        .ping(2000)
        .fault('blackhole', 3000)
        .lostPing(4000)
        .packet(5001, 'broker', 'down', 'disconnect', { code })
        .end(5010, 'broker', 'broker')
        .ended(12_000),
    )

  test('says that it was the keep-alive, and when', () =>
    expect(dropped(0x8d)).toMatchObject({
      result: 'pass',
      seenMs: 5001,
      reason: expect.stringContaining('broker closed (DISCONNECT 0x8d, Keep Alive timeout) 3.00 s (1.5K) after'),
    }))

  test('says that it was something else', () =>
    expect(dropped(0x8b)).toMatchObject({
      result: 'inconclusive',
      reason: 'the broker ended it for another reason: DISCONNECT 0x8b (Server shutting down)',
    }))
})
