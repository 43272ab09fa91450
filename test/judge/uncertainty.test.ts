import { describe, expect, test } from 'vitest'
import { outcome, result } from '../checks/verdicts.ts'
import { run } from '../evidence/builder.ts'

/** The window of Aedes at K = 2: 2000 to 3251 ms after the last packet, which came at 2000. */
const dropped = (atMs: number) =>
  run({ expect: ['broker-drops-client'] })
    .connect(0)
    .ping(2000)
    .fault('blackhole', 3000)
    .end(atMs, 'broker', 'broker')

describe('a stall of the event loop', () => {
  test.each([
    [5000, 1000, 'pass'],
    [5000, 1001, 'inconclusive'],
    [4100, 99, 'pass'],
    [4100, 101, 'inconclusive'],
    [5400, 148, 'fail'],
    [5400, 149, 'inconclusive'],
    [3900, 500, 'fail'],
    [3900, 501, 'inconclusive'],
  ])('seen at %i ms, and dated up to %i ms late: %s', (atMs, forMs, expected) =>
    expect(
      result(
        dropped(atMs)
          .stalled(atMs - 10, forMs)
          .ended(12_000),
      ),
    ).toBe(expected),
  )

  test.each([
    [5000, 251, 'pass'],
    [5000, 252, 'inconclusive'],
    [3900, 99, 'fail'],
    [3900, 100, 'inconclusive'],
  ])('seen at %i ms, while the anchor may be dated %i ms late: %s', (atMs, forMs, expected) =>
    expect(result(dropped(atMs).stalled(2010, forMs).ended(12_000))).toBe(expected),
  )

  test('between the two dates it harms nothing that came in time', () =>
    expect(result(dropped(5000).stalled(4000, 700).ended(12_000))).toBe('pass'))

  test('says so, and keeps what was found', () => {
    const found = outcome(dropped(5400).stalled(4000, 700).ended(12_000))
    expect(found.reason).toMatch(
      /^halfopen itself stood still for 700 ms of this time, enough to turn this round: broker/,
    )
    expect(found).toMatchObject({ sinceMs: 2000, seenMs: 5400 })
  })

  test('before the anchor or long after the close it is nobody’s excuse', () => {
    expect(result(dropped(5400).stalled(1900, 800).ended(12_000))).toBe('fail')
    expect(result(dropped(5400).stalled(8000, 800).ended(12_000))).toBe('fail')
  })

  test('what never happened is excused only by a stall as long as the excess', () => {
    const never = (forMs: number) =>
      run({ expect: ['broker-drops-client'] })
        .connect(0)
        .ping(2000)
        .fault('blackhole', 3000)
        .stalled(9000, forMs)
    // Waited for 10 s, 6.749 s longer than allowed.
    expect(result(never(6700).ended(12_000))).toBe('fail')
    expect(result(never(6800).ended(12_000))).toBe('inconclusive')
  })

  test('an earliest moment of 0 is no edge: nothing happens before its cause', () => {
    const will = run({ expect: ['will-published'] })
      .connect(0)
      .ping(2000)
      .fault('blackhole', 3000)
      .end(4000, 'broker', 'client')
      .will(4002)
      .stalled(4100, 500)
    expect(result(will.ended(12_000))).toBe('pass')
  })

  test('a loss is put down to a stall of a quarter of K just before it', () => {
    const lost = (stalledMs: number, forMs: number) =>
      result(
        run({ expect: ['stays-connected'] })
          .connect(0)
          .ping(2000, 4000)
          .stalled(stalledMs, forMs)
          .end(6000, 'client', 'client')
          .ended(12_000),
      )
    expect(lost(5900, 500)).toBe('fail')
    expect(lost(5900, 501)).toBe('inconclusive')
    expect(lost(1900, 501)).toBe('fail')
  })

  test('stalls that together are that long count as one, also those before the CONNACK', () => {
    const lost = (...stallsMs: readonly number[]) => {
      const evidence = run({ expect: ['stays-connected'] }).connect(0)
      for (const atMs of stallsMs) evidence.stalled(atMs, 200)
      return outcome(evidence.ping(2160).end(2330, 'client', 'broker').ended(12_000))
    }
    expect(lost(-400, 300).result).toBe('fail')
    expect(lost(-900, -400, 300)).toMatchObject({
      result: 'inconclusive',
      reason: expect.stringMatching(/^halfopen itself stood still for 600 ms, 3 times together/),
    })
  })
})
