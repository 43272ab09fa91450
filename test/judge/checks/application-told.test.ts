import { describe, expect, test } from 'vitest'
import { run } from '../../evidence/builder.ts'
import { outcome, result } from './verdicts.ts'

const KEEPALIVE = { code: 16, note: 'MQTT_ERR_KEEPALIVE' }

describe('application-told', () => {
  const halfOpen = (params: object) =>
    run({ expect: [{ 'application-told': params }] })
      .connect(0)
      .ping(2000)
      .fault('blackhole', 3000)
      .lostPing(4000)

  test("passes where the library's code is the one that is expected", () =>
    expect(outcome(halfOpen({ code: 16 }).client(6000, 'closed', KEEPALIVE).ended(9000))).toMatchObject({
      result: 'pass',
      seenMs: 6000,
      reason: 'its application was told code 16 "MQTT_ERR_KEEPALIVE" 6.00 s (3K) after CONNACK',
    }))

  test('takes part of the words, in whatever case', () =>
    expect(result(halfOpen({ note: 'err_keepalive' }).client(6000, 'error', KEEPALIVE).ended(9000))).toBe('pass'))

  test('fails where the application was told something else, and says what', () =>
    expect(outcome(halfOpen({ code: 5 }).client(6000, 'closed', KEEPALIVE).ended(9000))).toMatchObject({
      result: 'fail',
      reason: 'its application was told code 16 "MQTT_ERR_KEEPALIVE"; expected code 5',
    }))

  test('wants the code and the words in one and the same message', () =>
    expect(
      result(
        halfOpen({ code: 16, note: 'network' })
          .client(6000, 'closed', KEEPALIVE)
          .client(6001, 'error', { note: 'network down' })
          .ended(9000),
      ),
    ).toBe('fail'))

  test('fails where the library keeps it to itself', () =>
    expect(outcome(halfOpen({ code: 16 }).client(10, 'connected').ended(9000)).reason).toBe(
      'its application was told nothing; expected code 16',
    ))

  test('a program that tells us nothing is not blamed for it', () =>
    expect(outcome(halfOpen({ code: 16 }).ended(9000))).toMatchObject({
      result: 'inconclusive',
      reason: 'the client does not tell us what its application is told, not even that it is connected',
    }))

  test('nor is one that had no time to notice, unless it closed', () => {
    const early = () => halfOpen({}).client(10, 'connected')
    expect(outcome(early().ended(4000))).toMatchObject({
      result: 'inconclusive',
      reason: expect.stringMatching(
        /^its application was told nothing, but the run ended 1.00 s after blackhole.* held/,
      ),
    })
    expect(result(early().end(3500, 'client', 'client').ended(4000))).toBe('fail')
  })

  describe('only of a loss', () => {
    const telling = () =>
      run({ expect: ['application-told'] })
        .connect(0)
        .client(1, 'connected')
        .ping(2000)

    test('where nothing was lost there was nothing to tell', () =>
      expect(outcome(telling().ended(9000))).toMatchObject({
        result: 'inconclusive',
        reason: 'the connection was never lost, so there was nothing to tell',
      }))

    test('an error on a connection that is well is none', () =>
      expect(result(telling().client(2500, 'error', { note: 'subscription refused' }).ended(9000))).toBe(
        'inconclusive',
      ))

    test('nor is a `closed` that the application asked for', () =>
      expect(
        outcome(telling().up(3000, 'disconnect').end(3001, 'client', 'client').client(3002, 'closed').ended(9000)),
      ).toMatchObject({
        result: 'inconclusive',
        reason: 'the client left its connection itself, with DISCONNECT: nothing was lost to tell of',
      }))

    test('a client that the broker went on answering is not blamed for its silence', () =>
      expect(outcome(telling().fault('delay', 3000).ping(4000, 6000, 8000).ended(9000))).toMatchObject({
        result: 'inconclusive',
        reason: "the broker's answers still reached the client after delay#0 held: nothing was lost to tell of",
      }))

    test('with keep-alive 0 it need not notice', () =>
      expect(
        result(
          run({ expect: ['application-told'], keepaliveS: 0 })
            .connect(0)
            .client(1, 'connected')
            .fault('blackhole', 3000)
            .ended(9000),
        ),
      ).toBe('inconclusive'))

    test('one that notices and keeps it to itself fails', () =>
      expect(result(telling().fault('blackhole', 3000).lostPing(4000).end(5000, 'client', 'client').ended(9000))).toBe(
        'fail',
      ))
  })

  test('never connected: inconclusive', () =>
    expect(result(run({ expect: [{ 'application-told': { code: 1 } }] }).ended(9000))).toBe('inconclusive'))

  test('without a code or words any word of the library will do', () => {
    expect(result(halfOpen({}).client(6000, 'closed').ended(9000))).toBe('pass')
    expect(result(halfOpen({}).client(6000, 'offline').ended(9000))).toBe('fail')
  })
})
