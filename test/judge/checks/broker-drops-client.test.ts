import { describe, expect, test } from 'vitest'
import { run } from '../../evidence/builder.ts'
import { outcome, result } from './verdicts.ts'

const expecting = { expect: ['broker-drops-client'] }
/** K = 2 s, last packet at the broker at 2000, path dead from 3000. */
const halfOpen = (setting = {}) =>
  run({ ...expecting, ...setting })
    .connect(0)
    .ping(2000)
    .fault('blackhole', 3000)
    .lostPing(4000)

describe('broker-drops-client', () => {
  test('passes 1.5K after the last packet that the broker received, not after the fault', () => {
    expect(outcome(halfOpen().end(5000, 'broker', 'broker').ended(12_000))).toMatchObject({
      result: 'pass',
      sinceMs: 2000,
      seenMs: 5000,
      afterMs: 3000,
      ratio: 1.5,
      reason:
        'broker closed 3.00 s (1.5K) after the last client packet it received; allowed 2 s to 3.25 s ' +
        '(1.5K - 1 s to 1.5K + 251 ms, MQTT 3.1.1 [MQTT-3.1.2-24] + aedes 1.2.0 profile)',
    })
  })

  test.each([
    [3999, 'fail'],
    [4000, 'pass'],
    [5251, 'pass'],
    [5252, 'fail'],
  ])('closing at %i ms: %s', (atMs, expected) =>
    expect(result(halfOpen().end(atMs, 'broker', 'broker').ended(12_000))).toBe(expected),
  )

  test("the broker's own log counts where it is earlier than the FIN", () =>
    expect(
      outcome(halfOpen().broker(5001, 'keepalive-timeout').end(5010, 'broker', 'broker').ended(12_000)),
    ).toMatchObject({ result: 'pass', seenMs: 5001 }))

  test('a time-out that the log tells of the next connection is not this one’s', () => {
    const evidence = halfOpen().on(2).connect(6500).broker(9500, 'keepalive-timeout').ended(12_000)
    expect(outcome(evidence)).toMatchObject({ result: 'fail', sinceMs: 2000, seenMs: null })
  })

  test('fails where the broker never closes', () => {
    const found = outcome(halfOpen().ended(12_000))
    expect(found).toMatchObject({ result: 'fail', sinceMs: 2000, seenMs: null, afterMs: null, ratio: null })
    expect(found.reason).toContain('broker never closed in 10.00 s (5K)')
  })

  test('is inconclusive where the run ended first, and says how much longer it must be', () => {
    const found = outcome(halfOpen().ended(5000))
    expect(found.result).toBe('inconclusive')
    expect(found.reason).toContain('make `until` at least 252 ms later')
  })

  test.each([
    ["the client's FIN", (b: ReturnType<typeof halfOpen>) => b.end(4500, 'broker', 'client')],
    ["the client's RST", (b: ReturnType<typeof halfOpen>) => b.end(4500, 'broker', 'client', 'rst')],
    ["the fault's RST", (b: ReturnType<typeof halfOpen>) => b.end(4500, 'broker', 'fault', 'rst')],
    ["the client's new connection", (b: ReturnType<typeof halfOpen>) => b.on(2).connect(4500).on(1)],
  ])('told by %s: no detection', (by, tell) => {
    const found = outcome(tell(halfOpen()).end(4501, 'broker', 'broker').ended(12_000))
    expect(found.result).toBe('inconclusive')
    expect(found.reason).toContain(`told by ${by}`)
  })

  test('at one moment of virtual time, order tells whose end came first', () => {
    const closes = (first: 'client' | 'broker', second: 'client' | 'broker') =>
      result(halfOpen().end(5000, 'broker', first).end(5000, 'broker', second).ended(12_000))
    expect(closes('broker', 'client')).toBe('pass')
    expect(closes('client', 'broker')).toBe('inconclusive')
  })

  test('a DISCONNECT that arrives tells it too', () =>
    expect(
      outcome(halfOpen().packet(4500, 'broker', 'up', 'disconnect').end(4501, 'broker', 'broker').ended(12_000)).reason,
    ).toContain("told by the client's DISCONNECT (0x00)"))

  test('told only after its window: it should have known, so it fails', () =>
    expect(result(halfOpen().end(9000, 'broker', 'client').end(9001, 'broker', 'broker').ended(12_000))).toBe('fail'))

  test("what the client does behind the link's back is nothing to the broker", () =>
    expect(result(halfOpen().end(4900, 'client', 'client').end(5000, 'broker', 'broker').ended(12_000))).toBe('pass'))

  test('a long silence let pass is a fail, though the client was heard again', () => {
    const found = outcome(halfOpen().up(9000, 'pingreq').end(12_000, 'broker', 'broker').ended(14_000))
    expect(found).toMatchObject({ result: 'fail', sinceMs: 2000 })
    expect(found.reason).toContain('broker never closed in 7.00 s (3.5K)')
  })

  test.each(['frozen', 'killed'] as const)('a broker %s by the scenario is not judged', what => {
    const found = outcome(halfOpen().broker(3500, what).end(3501, 'broker', 'broker').ended(12_000))
    expect(found.result).toBe('inconclusive')
    expect(found.reason).toContain(`the broker was ${what} by the scenario`)
  })

  test('without a fault the first connection counts: a silent client is dropped', () =>
    expect(
      result(
        run({ ...expecting, client: { name: 'silent', version: '1', pings: false } })
          .connect(0)
          .end(3001, 'broker', 'broker')
          .ended(12_000),
      ),
    ).toBe('pass'))

  test('a broker that takes its time over the CONNECT times nobody before its CONNACK', () =>
    expect(
      outcome(
        run({ ...expecting, client: { name: 'silent', version: '1', pings: false } })
          .up(-800, 'connect')
          .down(0, 'connack', { code: 0 })
          .end(3000, 'broker', 'broker')
          .ended(12_000),
      ),
    ).toMatchObject({ result: 'pass', sinceMs: 0, afterMs: 3000 }))

  test('a reset that ends one connection gives way to the fault that silences the next', () => {
    const evidence = run(expecting)
      .connect(0)
      .fault('reset', 1000)
      .end(1000, 'broker', 'fault', 'rst')
      .end(1000, 'client', 'fault', 'rst')
      .on(2)
      .connect(2000)
      .ping(4000)
      .fault('blackhole', 5000)
      .end(7000, 'broker', 'broker')
      .ended(12_000)
    expect(outcome(evidence)).toMatchObject({ result: 'pass', sinceMs: 4000, seenMs: 7000 })
  })

  test('with K = 0 there is no duty, unless the scenario says when', () => {
    const silent = (expectation: string | Record<string, object>) =>
      run({ keepaliveS: 0, expect: [expectation] })
        .connect(0)
        .fault('blackhole', 1000)
        .ended(12_000)
    expect(result(silent('broker-drops-client'))).toBe('inconclusive')
    expect(result(silent({ 'broker-drops-client': { latest: '5s' } }))).toBe('fail')
  })

  test("the broker's Server Keep Alive is what counts", () => {
    const evidence = run({ ...expecting, keepaliveS: 60, protocol: 5 })
      .connect(0, { serverKeepAliveS: 2 })
      .ping(2000)
      .fault('blackhole', 3000)
      .end(5000, 'broker', 'broker')
      .ended(12_000)
    expect(outcome(evidence)).toMatchObject({ result: 'pass', ratio: 1.5 })
  })

  test("a scenario's own window overrides, in units of K", () => {
    const own = { expect: [{ 'broker-drops-client': { earliest: '1.5K', latest: '1.5K + 2s' } }] }
    expect(outcome(halfOpen(own).end(4900, 'broker', 'broker').ended(12_000))).toMatchObject({
      result: 'fail',
      window: { earliestMs: 3000, latestMs: 5000, origin: 'scenario', source: '1.5K to 1.5K + 2 s, scenario' },
    })
    expect(result(halfOpen(own).end(7000, 'broker', 'broker').ended(12_000))).toBe('pass')
  })
})
