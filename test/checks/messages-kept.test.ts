import { describe, expect, test } from 'vitest'
import { publishing, receiving, run } from '../evidence/builder.ts'
import { outcome, result } from './verdicts.ts'

const sending = (qos: 0 | 1 | 2, expectation: string | Record<string, object> = 'messages-kept') =>
  run({ expect: [expectation], traffic: publishing(qos) }).connect(0)

describe('messages-kept', () => {
  test('passes where every one arrived, and gives the slowest', () =>
    expect(outcome(sending(1).message(1, 500, 510).message(2, 1000, 4000).ended(6000))).toMatchObject({
      result: 'pass',
      sinceMs: 1000,
      seenMs: 4000,
      reason: '2 messages: all arrived; the slowest took 3.00 s',
    }))

  test('fails where one never arrived', () =>
    expect(outcome(sending(1).message(1, 500, 510).message(2, 1000).message(3, 1500).ended(6000))).toMatchObject({
      result: 'fail',
      sinceMs: 1000,
      seenMs: null,
      reason: '3 messages: 2 never arrived; the first lost was number 2',
    }))

  test('QoS 1 may arrive twice, QoS 2 may not', () => {
    expect(result(sending(1).message(1, 500, 510, 900).ended(6000))).toBe('pass')
    expect(result(sending(2).message(1, 500, 510, 900).ended(6000))).toBe('fail')
  })

  test('a loss at QoS 0 is told, and proves nothing', () => {
    const found = outcome(sending(0).message(1, 500).message(2, 1000, 1001).ended(6000))
    expect(found.result).toBe('inconclusive')
    expect(found.reason).toContain('1 of QoS 0 lost')
  })

  test('what was handed over in the last second is not counted', () => {
    expect(result(sending(1).message(1, 500, 510).message(2, 5001).ended(6000))).toBe('pass')
    expect(result(sending(1).message(1, 500, 510).message(2, 5000).ended(6000))).toBe('fail')
  })

  test.each([
    [2500, 'pass'],
    [2501, 'fail'],
  ])('a message handed over at 500 with 2 s to arrive, at %i ms: %s', (atMs, expected) =>
    expect(
      result(
        sending(1, { 'messages-kept': { latest: '2s' } })
          .message(1, 500, atMs)
          .ended(6000),
      ),
    ).toBe(expected),
  )

  test('no message at all: inconclusive', () => expect(result(sending(1).ended(6000))).toBe('inconclusive'))

  test('what the witness publishes must reach the client', () => {
    const evidence = run({ expect: ['messages-kept'], traffic: receiving(1) })
      .connect(0)
      .add(500, { who: 'witness', what: 'published', seq: 1, flow: 'down' })
      .add(600, { who: 'witness', what: 'published', seq: 2, flow: 'down' })
      .client(510, 'received', { seq: 1, flow: 'down' })
      .message(2, 600, 601)
    expect(outcome(evidence.ended(6000)).reason).toBe('2 messages: 1 never arrived; the first lost was number 2')
  })
})
