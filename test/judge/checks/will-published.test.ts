import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PacketSummary, WillSummary } from '../../../src/model/event.ts'
import { run } from '../../evidence/builder.ts'
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

  test('a window of the scenario counts from the moment at which the broker knew', () => {
    const own = { expect: [{ 'will-published': { earliest: '2s', latest: '4s' } }] }
    const at = (willMs: number) => result(halfOpen(own).end(5000, 'broker', 'broker').will(willMs).ended(12_000))
    expect([6900, 7000, 9000, 9100].map(at)).toEqual(['fail', 'pass', 'pass', 'fail'])
  })

  test('a will delay of MQTT 5 is waited for', () => {
    const delay = { willDelayS: 3, clientOptions: { properties: { sessionExpiryInterval: 9 } } }
    const delayed = (willMs: number) =>
      result(
        halfOpen({ protocol: 5, ...delay })
          .end(4000, 'broker', 'client')
          .will(willMs)
          .ended(12_000),
      )
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

describe('the will that the CONNECT registered', () => {
  const topic = 'halfopen/r/1/will'
  const v5 = { protocol: 5 as const, ...expecting }
  const registered = (will: Partial<WillSummary>, connect: Partial<PacketSummary> = {}, connack = {}) =>
    run(v5)
      .add(-100, { who: 'witness', what: 'subscribed', topic: 'halfopen/r/+/will' })
      .connect(0, connack, {
        will: { topic, qos: 1, retain: false, ...will },
        protocolVersion: 5,
        clean: true,
        ...connect,
      })
      .ping(2000)
      .fault('blackhole', 3000)

  test('is waited for as long as the packets say: min(Will Delay Interval, Session Expiry Interval)', () => {
    const interval = fc.integer({ min: 0, max: 6 })
    const said = fc.option(interval, { nil: undefined })
    fc.assert(
      fc.property(
        interval,
        said,
        said,
        said,
        fc.integer({ min: 0, max: 9000 }),
        (delayS, asked, given, last, afterMs) => {
          const inSeconds = (sessionExpiryS: number | undefined) =>
            sessionExpiryS === undefined ? {} : { sessionExpiryS }
          const evidence = registered({ delayS }, inSeconds(asked), inSeconds(given))
          // 0x04: a DISCONNECT that leaves the will.
          evidence.packet(4000, 'broker', 'up', 'disconnect', { code: 4, ...inSeconds(last) })
          const delayMs = Math.min(delayS, last ?? given ?? asked ?? 0) * 1000
          const isInTime = afterMs >= delayMs - 1000 && afterMs <= delayMs + 1000
          expect(result(evidence.will(4000 + afterMs).ended(20_000))).toBe(isInTime ? 'pass' : 'fail')
        },
      ),
    )
  })

  test('3.1.1 knows no delay, whatever the scenario says', () => {
    const delay = { willDelayS: 3, clientOptions: { properties: { sessionExpiryInterval: 9 } } }
    const evidence = run({ ...v5, ...delay })
      .connect(0, {}, { will: { topic, qos: 1, retain: false }, protocolVersion: 4 })
      .ping(2000)
      .fault('blackhole', 3000)
      .end(4000, 'broker', 'client')
    expect(outcome(evidence.will(4010).ended(12_000))).toMatchObject({
      result: 'pass',
      window: { latestMs: 1000, source: expect.stringContaining('MQTT 3.1.1') },
    })
  })

  test('one for another topic can be seen by nobody', () => {
    const elsewhere = registered({ topic: 'devices/gone' }).end(4000, 'broker', 'client')
    expect(outcome(elsewhere.ended(12_000))).toMatchObject({
      result: 'inconclusive',
      reason: expect.stringContaining("the client's will is for devices/gone, where no witness waits for it"),
    })
  })

  describe('on a topic of its own, where the witness waits', () => {
    const own = { topic: 'devices/state', qos: 1, retain: true, payloadHash: '715dc849' } as const
    const watched = (atMs: number, note?: string) =>
      registered(own)
        .add(atMs, { who: 'witness', what: 'subscribed', topic: own.topic, device: 1, ...(note && { note }) })
        .packet(1000, 'client', 'up', 'publish', { topic: own.topic, qos: 0, likeWill: true })
        .packet(1001, 'broker', 'up', 'publish', { topic: own.topic, qos: 0, likeWill: true })
        .end(4000, 'broker', 'client')

    test('it is judged, and what the client said itself is not', () => {
      const said = () => watched(5).will(1002)
      expect(result(said().will(4010).ended(12_000))).toBe('pass')
      expect(result(said().ended(12_000))).toBe('fail')
    })

    test('it is inconclusive where the witness came too late, or several have the same', () => {
      expect(result(watched(4500).ended(12_000))).toBe('inconclusive')
      expect(outcome(watched(5, 'several').will(4010).ended(12_000))).toMatchObject({
        result: 'inconclusive',
        reason: expect.stringContaining("whose it is can't be told"),
      })
    })
  })

  test('evidence from before wills were kept is judged as it always was', () =>
    expect(result(halfOpen().end(4000, 'broker', 'client').ended(12_000))).toBe('fail'))

  describe('with a delay of 5 s, where the client is back 2 s after the broker knew', () => {
    const back = (clean: boolean) =>
      registered({ delayS: 5 }, { sessionExpiryS: 60 })
        .end(4000, 'broker', 'client')
        .on(2)
        .connect(6000, {}, { clean, protocolVersion: 5, will: { topic, qos: 1, retain: false } })
        .on(1)

    test('and goes on with its session: there must be none', () => {
      expect(outcome(back(false).ended(12_000))).toMatchObject({
        result: 'inconclusive',
        reason: expect.stringMatching(/connection 2 of the client went on with its session 2\.00 s after.*3\.1\.3-9/),
      })
      expect(outcome(back(false).will(9000).ended(12_000))).toMatchObject({
        result: 'fail',
        reason: expect.stringContaining('though connection 2 of the client had gone on with its session'),
      })
    })

    test('one that comes after the end of the new connection is that one’s', () =>
      expect(result(back(false).on(2).end(8000, 'broker', 'client').on(1).will(8010).ended(12_000))).toBe(
        'inconclusive',
      ))

    test('and ends its session by Clean Start 1: it is due there and then', () => {
      expect(outcome(back(true).will(6010).ended(12_000))).toMatchObject({ result: 'pass', sinceMs: 6000 })
      expect(result(back(true).will(9000).ended(12_000))).toBe('fail')
    })
  })

  test('the will of an earlier connection is not taken for that of the one under test', () => {
    const evidence = run(expecting)
      .connect(0)
      .ping(2000)
      .fault('reset', 3000)
      .end(3000, 'client', 'fault', 'rst')
      .on(2)
      .connect(4000)
      .will(4005)
      .ping(6000)
      .fault('blackhole', 7000)
      .lostPing(8000)
      .end(9000, 'broker', 'broker')
      .will(9010)
    expect(outcome(evidence.ended(15_000))).toMatchObject({ result: 'pass', sinceMs: 6000, seenMs: 9010 })
  })

  test('after a DISCONNECT of the broker’s for another reason it is due at once, and not after 1.5K', () => {
    const shutting = registered({})
      .packet(4000, 'broker', 'down', 'disconnect', { code: 0x8b })
      .end(4001, 'broker', 'broker')
    expect(outcome(shutting.will(4020).ended(12_000))).toMatchObject({ result: 'pass', sinceMs: 4000 })
  })

  test('a broker that was frozen for a moment long before could find out all the same', () => {
    const evidence = run(expecting)
      .connect(0)
      .broker(500, 'frozen')
      .broker(700, 'thawed')
      .ping(2000)
      .fault('blackhole', 3000)
      .end(5000, 'broker', 'broker')
      .will(5010)
    expect(result(evidence.ended(12_000))).toBe('pass')
  })
})
