import { describe, expect, test } from 'vitest'
import { publishing, run } from '../../evidence/builder.ts'
import { outcome, result } from './verdicts.ts'

const pinging = (keepaliveS: number, setting = {}) =>
  run({ keepaliveS, expect: ['pings-on-time'], ...setting }).connect(0)

describe('pings-on-time', () => {
  test('passes with a ping every K, and gives the longest gap', () =>
    expect(outcome(pinging(3).ping(3000, 6010, 9000).ended(10_000))).toMatchObject({
      result: 'pass',
      sinceMs: 3000,
      seenMs: 6010,
      reason:
        'client sent its next packet 3.01 s (1K) after the one before (longest of 3 gaps); ' +
        'allowed at most 4 s (min(K + 1 s, 1.5K), MQTT 3.1.1 [MQTT-3.1.2-23])',
    }))

  test.each([
    [1, 1500, 'pass'],
    [1, 1501, 'fail'],
    [3, 4000, 'pass'],
    [3, 4001, 'fail'],
  ])('K = %i s with a ping after %i ms: %s', (keepaliveS, atMs, expected) =>
    expect(
      result(
        pinging(keepaliveS)
          .ping(atMs)
          .ended(atMs + 500),
      ),
    ).toBe(expected),
  )

  test('any packet will do: a publisher need not ping', () =>
    expect(
      result(
        pinging(1, { traffic: publishing(0) })
          .up(500, 'publish')
          .up(1500, 'publish')
          .ended(2000),
      ),
    ).toBe('pass'))

  test('fails with a gap still open at the end', () =>
    expect(outcome(pinging(3).ping(3000).ended(7500))).toMatchObject({ result: 'fail', sinceMs: 3000, seenMs: null }))

  test('fails where the broker cut the silence short', () => {
    const found = outcome(pinging(2).end(3001, 'broker', 'broker').end(3001, 'client', 'broker').ended(12_000))
    expect(found).toMatchObject({ result: 'fail', sinceMs: 0, seenMs: 3001 })
    expect(found.reason).toContain('until the broker closed the connection')
  })

  test('a broker that ends it for its own reasons proves no silence', () => {
    const ended = (atMs: number) => pinging(10).ping(10_000).end(atMs, 'broker', 'broker').end(atMs, 'client', 'broker')
    expect(result(ended(20_500).ended(30_000))).toBe('inconclusive')
    expect(result(ended(24_500).ended(30_000))).toBe('fail')
    const shutting = pinging(10, { protocol: 5 }).ping(10_000).down(24_500, 'disconnect', { code: 0x8b })
    expect(outcome(shutting.end(24_500, 'broker', 'broker').ended(30_000)).reason).not.toContain(
      'until the broker closed',
    )
  })

  test('a client that has moved to a new connection is not silent on the old one', () =>
    expect(
      result(pinging(10).ping(10_000).on(2).connect(19_000).on(1).end(60_000, 'broker', 'broker').ended(60_000)),
    ).toBe('pass'))

  test('the wait for CONNACK is not the client’s silence', () =>
    expect(
      outcome(
        run({ keepaliveS: 1, expect: ['pings-on-time'] })
          .up(-900, 'connect')
          .down(0, 'connack', { code: 0 })
          .ping(1001)
          .ended(1500),
      ),
    ).toMatchObject({ result: 'pass', sinceMs: 0, afterMs: 1001 }))

  test('looks no further than the first fault', () =>
    expect(result(pinging(2).ping(2000).fault('blackhole', 3000).ended(30_000))).toBe('pass'))

  test('a fault of another connection is none of its own', () =>
    expect(result(pinging(2).ping(2000).on(2).expired('idle-cut#0', 2500).on(1).ended(9000))).toBe('fail'))

  test('is inconclusive before a ping is due', () => {
    expect(result(pinging(3).ended(2900))).toBe('inconclusive')
    expect(result(pinging(3).up(5, 'subscribe').ended(3500))).toBe('inconclusive')
  })

  test('with K = 0 there is no duty', () => {
    const found = outcome(pinging(0).ended(9000))
    expect(found).toMatchObject({ result: 'inconclusive', ratio: null })
    expect(found.reason).toContain('no duty')
  })
})
