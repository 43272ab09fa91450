import { describe, expect, test } from 'vitest'
import { run } from '../evidence/builder.ts'
import { outcome, result } from './verdicts.ts'

describe('stays-connected', () => {
  const healthy = () =>
    run({ expect: ['stays-connected'] })
      .connect(0)
      .ping(2000, 4000)

  test('passes where nothing ends it', () =>
    expect(outcome(healthy().ended(5000))).toMatchObject({
      result: 'pass',
      sinceMs: 0,
      seenMs: null,
      reason: 'connected from CONNACK to the end of the run, 5.00 s (2.5K)',
    }))

  test.each([
    ['the client ended it (FIN)', (b: ReturnType<typeof healthy>) => b.end(4500, 'client', 'client')],
    ['the broker ended it (RST)', (b: ReturnType<typeof healthy>) => b.end(4500, 'broker', 'broker', 'rst')],
    ['the client said offline', (b: ReturnType<typeof healthy>) => b.client(4500, 'offline')],
    ['the client said closed', (b: ReturnType<typeof healthy>) => b.client(4500, 'closed')],
  ])('fails where %s', (what, lose) => {
    const found = outcome(lose(healthy()).ended(5000))
    expect(found).toMatchObject({ result: 'fail', seenMs: 4500 })
    expect(found.reason).toContain(what)
  })

  test('what comes after the end of the run is tidying up', () => {
    const { header, events } = healthy().ended(5000)
    const after = { atMs: 5001, who: 'link', what: 'fin', edge: 'client', from: 'client', conn: 1 } as const
    expect(result({ header, events: [...events, after] })).toBe('pass')
  })

  test('never connected: inconclusive', () =>
    expect(result(run({ expect: ['stays-connected'] }).ended(5000))).toBe('inconclusive'))
})

describe('flaps', () => {
  const flapping = (losses: number, max?: number, min?: number) => {
    const params = { ...(max !== undefined && { max }), ...(min !== undefined && { min }) }
    const evidence = run({ expect: [{ flaps: params }] })
    for (let n = 0; n <= losses; n++) {
      evidence.on(n + 1).connect(n * 1000)
      if (n < losses) evidence.end(n * 1000 + 500, 'client', 'broker')
    }
    return evidence.ended(12_000)
  }

  test.each([
    [0, undefined, 'pass'],
    [1, undefined, 'fail'],
    [2, 2, 'pass'],
    [3, 2, 'fail'],
  ])('%i losses of at most %o: %s', (losses, max, expected) => expect(result(flapping(losses, max))).toBe(expected))

  test.each([
    [0, 1, undefined, 'fail'],
    [1, 1, undefined, 'pass'],
    [9, 1, undefined, 'pass'],
    [2, 1, 1, 'fail'],
  ])('%i losses of at least %i and at most %o: %s', (losses, min, max, expected) =>
    expect(result(flapping(losses, max, min))).toBe(expected),
  )

  test('is dated at the loss that was one too many', () =>
    expect(outcome(flapping(3, 1))).toMatchObject({
      seenMs: 1500,
      reason: '3 of 4 connections lost in 12.00 s (6K); allowed 1',
    }))

  test('an attempt that was never accepted is no loss', () =>
    expect(
      result(
        run({ expect: ['flaps'] })
          .connect(0)
          .on(2)
          .up(1000, 'connect')
          .end(1100, 'client', 'broker')
          .ended(5000),
      ),
    ).toBe('pass'))

  test('never connected: inconclusive', () =>
    expect(result(run({ expect: ['flaps'] }).ended(5000))).toBe('inconclusive'))
})

describe('reconnects', () => {
  const lost = (expectation: string | Record<string, object> = 'reconnects') =>
    run({ expect: [expectation] })
      .connect(0)
      .ping(2000)
      .fault('blackhole', 3000)
      .end(5000, 'client', 'client')

  test('counts from the lifting of the fault that stood in the way', () =>
    expect(outcome(lost().lifted('blackhole#0', 8000).on(2).connect(8500).ended(12_000))).toMatchObject({
      result: 'pass',
      sinceMs: 8000,
      seenMs: 8500,
      window: { latestMs: 4000, origin: 'scenario' },
    }))

  test('counts from the loss where that is later, or where it came back all the same', () => {
    expect(outcome(lost().lifted('blackhole#0', 4000).on(2).connect(5500).ended(12_000)).sinceMs).toBe(5000)
    expect(outcome(lost().on(2).connect(5500).lifted('blackhole#0', 8000).ended(12_000)).sinceMs).toBe(5000)
  })

  test('an idle cut stands in no new connection’s way, so its lifting counts for nothing', () => {
    const evidence = run({ expect: ['reconnects'] })
      .connect(0)
      .fault('idle-cut', 100, { held: false })
      .expired('idle-cut#0', 2000)
      .end(3000, 'client', 'client')
      .lifted('idle-cut#0', 4000)
      .on(2)
      .connect(4500)
    expect(outcome(evidence.ended(9000))).toMatchObject({ result: 'pass', sinceMs: 3000, seenMs: 4500 })
  })

  test.each([
    [9000, 'pass'],
    [9001, 'fail'],
  ])('a window of 1 s from 8000, CONNACK at %i ms: %s', (atMs, expected) =>
    expect(
      result(
        lost({ reconnects: { latest: '1s' } })
          .lifted('blackhole#0', 8000)
          .on(2)
          .connect(atMs)
          .ended(12_000),
      ),
    ).toBe(expected),
  )

  test('one that the scenario kept away to the end has not failed', () => {
    const kept = () => lost().on(2).opens(6000)
    expect(outcome(kept().ended(12_000))).toMatchObject({
      result: 'inconclusive',
      sinceMs: 5000,
      seenMs: null,
      reason:
        'the client tried 1 time to come back, and blackhole#0 was still in force: lift it before the end (`for`)',
    })
    expect(outcome(kept().lifted('blackhole#0', 8000).ended(12_000))).toMatchObject({
      result: 'fail',
      sinceMs: 8000,
      reason:
        'no new CONNACK in the 4.00 s (2K) from the lifting of blackhole#0 to the end of the run: the client tried 1 time',
    })
  })

  test('one that does not try has failed, whatever is in the way', () =>
    expect(outcome(lost().ended(12_000))).toMatchObject({
      result: 'fail',
      reason: 'no new CONNACK in the 7.00 s (3.5K) from the loss to the end of the run: the client did not try',
    }))

  test('is inconclusive where the run ended before its own window', () =>
    expect(result(lost({ reconnects: { latest: '10s' } }).ended(12_000))).toBe('inconclusive'))

  test('a refused CONNACK is no return, and the reason says who refused', () => {
    const found = outcome(lost().on(2).connect(6000, { code: 3 }).on(3).connect(7000, { code: 3 }).ended(12_000))
    expect(found.result).toBe('fail')
    expect(found.reason).toMatch(/: the client tried 2 times, and the broker refused it with CONNACK 3 \(twice\)$/)
  })

  test('never lost: nothing to come back from', () =>
    expect(
      result(
        run({ expect: ['reconnects'] })
          .connect(0)
          .ended(5000),
      ),
    ).toBe('inconclusive'))
})
