import { describe, expect, test } from 'vitest'
import { run } from '../evidence/builder.ts'
import { outcome, result } from './verdicts.ts'

const expecting = { expect: ['will-published'] }
const halfOpen = (setting = {}) =>
  run({ ...expecting, ...setting })
    .connect(0)
    .ping(2000)
    .fault('blackhole', 3000)

describe('will-published', () => {
  test.each([
    [5005, 'pass'],
    [6251, 'pass'],
    [6252, 'fail'],
  ])('the broker found out by itself, will at %i ms: %s', (willMs, expected) =>
    expect(outcome(halfOpen().end(5000, 'broker', 'broker').will(willMs).ended(12_000))).toMatchObject({
      result: expected,
      sinceMs: 2000,
    }),
  )

  test.each([
    ['client', 'fin', 4000, 'pass'],
    ['client', 'rst', 5000, 'pass'],
    ['client', 'fin', 5001, 'fail'],
    ['fault', 'rst', 4500, 'pass'],
  ] as const)("told by the %s's %s at 4000, will at %i ms: %s", (from, how, willMs, expected) =>
    expect(
      outcome(halfOpen().end(4000, 'broker', from, how).end(4001, 'broker', 'broker').will(willMs).ended(12_000)),
    ).toMatchObject({ result: expected, sinceMs: 4000, seenMs: willMs }),
  )

  test('taken over by a reconnect: counted from the second CONNECT', () =>
    expect(
      outcome(halfOpen().on(2).connect(4000).on(1).end(4001, 'broker', 'broker').will(4010).ended(12_000)),
    ).toMatchObject({ result: 'pass', sinceMs: 4000 }))

  test('fails where a healthy connection has a will', () => {
    const found = outcome(run(expecting).connect(0).ping(2000).will(2500).ended(12_000))
    expect(found.result).toBe('fail')
    expect(found.reason).toContain('nothing had ended the connection')
  })

  test('fails where none comes', () => {
    expect(result(halfOpen().end(5000, 'broker', 'broker').ended(12_000))).toBe('fail')
    expect(result(halfOpen().end(4000, 'broker', 'client').ended(12_000))).toBe('fail')
    expect(result(halfOpen().ended(12_000))).toBe('fail')
  })

  test('is inconclusive where the run ended first', () => {
    expect(result(halfOpen().end(5000, 'broker', 'broker').ended(6000))).toBe('inconclusive')
    expect(result(halfOpen().end(4000, 'broker', 'client').ended(4500))).toBe('inconclusive')
  })

  test('a delivered DISCONNECT (0x00) deletes it, and the reason names it', () => {
    const found = outcome(
      halfOpen().packet(4000, 'broker', 'up', 'disconnect').end(4001, 'broker', 'client').ended(12_000),
    )
    expect(found.result).toBe('fail')
    expect(found.reason).toContain("the client's DISCONNECT (0x00) reached the broker at 4.00 s and deleted it")
  })

  test('DISCONNECT with will (0x04, MQTT 5) does not delete it', () =>
    expect(
      result(
        halfOpen({ protocol: 5 }).packet(4000, 'broker', 'up', 'disconnect', { code: 4 }).will(4010).ended(12_000),
      ),
    ).toBe('pass'))

  test('a will delay of MQTT 5 is waited for', () => {
    const clientOptions = { will: { properties: { willDelayInterval: 3 } }, properties: { sessionExpiryInterval: 9 } }
    const delayed = (willMs: number) =>
      result(halfOpen({ protocol: 5, clientOptions }).end(4000, 'broker', 'client').will(willMs).ended(12_000))
    expect([5900, 6000, 7000, 8000, 8100].map(delayed)).toEqual(['fail', 'pass', 'pass', 'pass', 'fail'])
  })

  test('a frozen broker is counted from its thawing', () => {
    const frozen = halfOpen().broker(3500, 'frozen').end(4000, 'broker', 'client').broker(7000, 'thawed')
    expect(outcome(frozen.will(7020).ended(12_000))).toMatchObject({ result: 'pass', sinceMs: 7000 })
  })

  test('a broker that stays frozen can publish none, and nobody is blamed', () => {
    const found = outcome(halfOpen().broker(3500, 'frozen').end(4000, 'broker', 'client').ended(12_000))
    expect(found.result).toBe('inconclusive')
    expect(found.reason).toContain('frozen by the scenario')
  })

  test('a killed broker publishes none, and nobody is blamed', () => {
    const found = outcome(halfOpen().broker(3500, 'killed').end(3501, 'broker', 'broker').ended(12_000))
    expect(found.result).toBe('inconclusive')
    expect(found.reason).toContain('killed by the scenario')
  })

  test('with K = 0 and nobody to tell it, the broker need not find out', () =>
    expect(
      result(
        run({ ...expecting, keepaliveS: 0 })
          .connect(0)
          .fault('blackhole', 1000)
          .ended(12_000),
      ),
    ).toBe('inconclusive'))
})
