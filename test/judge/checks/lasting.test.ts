import { describe, expect, test } from 'vitest'
import { run } from '../../evidence/builder.ts'
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

  describe('says why, as far as the packets tell', () => {
    const reasonOf = (b: ReturnType<typeof healthy>) => outcome(b.ended(12_000)).reason

    test('a broker that left the pings unanswered', () =>
      expect(reasonOf(healthy().up(6000, 'pingreq').up(7000, 'pingreq').end(8000, 'client', 'client'))).toBe(
        'the client ended it (FIN) 8.00 s (4K) after CONNACK: 2 of 4 PINGREQ had no PINGRESP, for 2.00 s (1K): ' +
          'the broker left them unanswered (MQTT 3.1.1 [MQTT-3.12.4-1]); nothing may end the connection',
      ))

    test.each([
      [
        'a path that did not carry them',
        (b: ReturnType<typeof healthy>) => b.lostPing(6000),
        'it did not reach the broker',
      ],
      [
        'a path that carried it only once all was over',
        (b: ReturnType<typeof healthy>) => b.lostPing(6000).packet(9000, 'broker', 'up', 'pingreq'),
        'it did not reach the broker',
      ],
      [
        'a broker that the scenario had frozen',
        (b: ReturnType<typeof healthy>) => b.broker(5000, 'frozen').up(6000, 'pingreq'),
        'the broker was frozen by the scenario',
      ],
      [
        'a broker that had no time to answer',
        (b: ReturnType<typeof healthy>) => b.up(7500, 'pingreq').end(8001, 'broker', 'client'),
        'the broker had no time to answer before the end',
      ],
      [
        'a path that lost the answer',
        (b: ReturnType<typeof healthy>) => b.up(6000, 'pingreq').packet(6001, 'broker', 'down', 'pingresp'),
        'the broker answered, but its answer did not arrive in time',
      ],
      [
        'a client that had no cause',
        (b: ReturnType<typeof healthy>) => b,
        'nothing that it had asked for was unanswered',
      ],
      [
        'a client that left',
        (b: ReturnType<typeof healthy>) => b.up(7500, 'disconnect'),
        'the client had said DISCONNECT',
      ],
    ])('%s', (_whose, prior, why) =>
      expect(reasonOf(prior(healthy()).end(8000, 'client', 'client'))).toContain(`: ${why}; nothing may`),
    )

    test.each([
      ['silence', (b: ReturnType<typeof healthy>) => b, 'it had heard nothing of the client for 4.00 s (2K)'],
      [
        'too early, as brokers do that count whole seconds',
        (b: ReturnType<typeof healthy>) => b.ping(5400, 5410),
        "it had heard nothing of the client for 2.59 s (1.29K), and 1.5K are the client's (MQTT 3.1.1 [MQTT-3.1.2-24])",
      ],
      [
        'what it said',
        (b: ReturnType<typeof healthy>) => b.ping(6000, 7000).down(7999, 'disconnect', { code: 0x8b }),
        'it said DISCONNECT 0x8b (Server shutting down)',
      ],
      [
        'somebody beyond the link',
        (b: ReturnType<typeof healthy>) => b.ping(6000, 7000).down(7999, 'disconnect', { code: 0x8e }),
        'it said DISCONNECT 0x8e (Session taken over): by a client that did not come through the link',
      ],
    ])('a broker that ended it: %s', (_why, prior, why) =>
      expect(reasonOf(prior(healthy()).end(8000, 'broker', 'broker'))).toContain(`: ${why}; nothing may`),
    )

    test('a broker that has no reason that is to be seen', () =>
      expect(reasonOf(healthy().ping(6000, 7000).end(8000, 'broker', 'broker'))).toContain(
        'after CONNACK; nothing may',
      ))
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

  describe('by whose doing', () => {
    const ending = (params: object, end: (b: ReturnType<typeof run>) => ReturnType<typeof run>) =>
      outcome(
        end(
          run({ expect: [{ flaps: params }] })
            .connect(0)
            .ping(2000),
        ).ended(12_000),
      )
    const left = (b: ReturnType<typeof run>) => b.up(3000, 'disconnect').end(3001, 'client', 'client')
    const farewell = (b: ReturnType<typeof run>) =>
      b.lostPing(3000).up(4000, 'disconnect').end(4001, 'client', 'client')
    const closed = (b: ReturnType<typeof run>) => b.end(3000, 'client', 'client')
    const cut = (b: ReturnType<typeof run>) => b.end(3000, 'client', 'fault', 'rst')

    test.each([
      ['left with DISCONNECT', left, 'pass', 'fail'],
      ['given up, with a DISCONNECT as Paho C says it', farewell, 'fail', 'pass'],
      ['just closed', closed, 'fail', 'fail'],
      ['cut', cut, 'fail', 'pass'],
    ])('%s: at most 0 %s, at least 1 %s', (_how, end, most, least) => {
      expect(ending({}, end).result).toBe(most)
      expect(ending({ min: 1 }, end).result).toBe(least)
    })

    test('and it is said', () => {
      expect(ending({ min: 1 }, closed).reason).toBe(
        '1 of 1 connection lost in 12.00 s (6K) (closed by the client with nothing unanswered); the first at 3.00 s: ' +
          'nothing that it had asked for was unanswered; allowed 1 to any number',
      )
      expect(ending({}, left).reason).toContain('0 of 1 connection lost')
    })
  })

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

  test('one that left by itself has nothing to come back from', () =>
    expect(
      outcome(
        run({ expect: ['reconnects'] })
          .connect(0)
          .up(1000, 'disconnect')
          .end(1001, 'client', 'client')
          .on(2)
          .connect(2000)
          .ended(5000),
      ),
    ).toMatchObject({
      result: 'inconclusive',
      reason:
        'the client never lost its connection, which it left itself with DISCONNECT, so it had nothing to reconnect',
    }))

  test('one that opens the next connection before it lost the last is back at once', () =>
    expect(
      outcome(
        run({ expect: ['reconnects'] })
          .connect(0)
          .on(2)
          .connect(1000)
          .on(1)
          .end(1002, 'client', 'broker')
          .ended(5000),
      ),
    ).toMatchObject({ result: 'pass', sinceMs: 1002, seenMs: 1002 }))

  test('never lost: nothing to come back from', () =>
    expect(
      result(
        run({ expect: ['reconnects'] })
          .connect(0)
          .ended(5000),
      ),
    ).toBe('inconclusive'))
})
