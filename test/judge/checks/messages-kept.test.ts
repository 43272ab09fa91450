import { describe, expect, test } from 'vitest'
import { publishing, receiving, run } from '../../evidence/builder.ts'
import { outcome, result } from './verdicts.ts'

const sending = (qos: 0 | 1 | 2, expectation: string | Record<string, object> = 'messages-kept') =>
  run({ expect: [expectation], traffic: publishing(qos) }).connect(0)

describe('messages-kept', () => {
  test('passes where every one arrived, and gives the slowest', () =>
    expect(outcome(sending(1).message(1, 500, 510).message(2, 1000, 4000).ended(6000))).toMatchObject({
      result: 'pass',
      sinceMs: 1000,
      seenMs: 4000,
      reason: 'up (client to broker): 2 of 2 messages arrived, the slowest after 3.00 s',
    }))

  test('fails where one never arrived', () =>
    expect(outcome(sending(1).message(1, 500, 510).message(2, 1000).message(3, 1500).ended(6000))).toMatchObject({
      result: 'fail',
      sinceMs: 1000,
      seenMs: null,
      reason:
        'up (client to broker): 1 of 3 messages arrived, the slowest after 10 ms, 2 never arrived (0 of them acknowledged; the first was number 2)',
    }))

  /** The broker is killed at 1000 and takes connections again; its witness has subscribed again at 2800. */
  const restarted = (...deliveredMs: readonly number[]) => {
    const topic = 'halfopen/run/+/will'
    const witness = (atMs: number, what: 'subscribed' | 'closed') => {
      seen.add(atMs, { who: 'witness', what, ...(what === 'subscribed' && { topic }) })
    }
    const seen = sending(1).message(1, 500, 510)
    witness(0, 'subscribed')
    seen.add(1000, { who: 'broker', what: 'killed' })
    witness(1001, 'closed')
    for (const [i, atMs] of deliveredMs.entries()) seen.up(atMs, 'publish', { messageId: i + 1 })
    witness(2800, 'subscribed')
    return seen
  }

  test('what a restarted broker got before its witness had subscribed again proves nothing, and what it never got fails', () => {
    const twoLost = (...deliveredMs: readonly number[]) =>
      outcome(
        restarted(...deliveredMs)
          .message(2, 1500)
          .message(3, 2000)
          .message(4, 3000, 3002)
          .ended(6000),
      )
    expect(twoLost(2500, 2501)).toMatchObject({
      result: 'inconclusive',
      reason:
        '2 messages reached the broker before the witness had subscribed to it again, and 2 were not seen to arrive',
    })
    expect(twoLost(2500).result).toBe('fail')
    expect(twoLost().result).toBe('fail')
  })

  test('what reached the broker after its witness had subscribed again was to be seen', () => {
    const seen = restarted(2500).message(2, 1500, 2850).up(2801, 'publish').message(3, 1600).message(4, 3500, 3502)
    expect(outcome(seen.message(5, 3600).up(2900, 'publish').ended(6000)).result).toBe('fail')
    // Handed over after the gap, so it is none of those in it.
    expect(outcome(restarted(2500).message(2, 2801).ended(6000)).result).toBe('fail')
    expect(outcome(restarted(2500).message(2, 2799).ended(6000)).result).toBe('inconclusive')
  })

  test('a message that is sent again is one message, and what a bridge says of itself is none', () => {
    const twice = restarted(2500).up(2600, 'publish', { messageId: 1, dup: true }).message(2, 1500).message(3, 2000)
    expect(outcome(twice.ended(6000)).result).toBe('fail')
    const state = restarted(2500).up(2600, 'publish', { topic: 'halfopen/run/1/will' }).message(2, 1500)
    expect(outcome(state.message(3, 2000).ended(6000)).result).toBe('fail')
  })

  test('a witness that lost its connection sees nothing either, until it has subscribed again', () => {
    const lost = (isBack: boolean) => {
      const seen = sending(1).add(0, { who: 'witness', what: 'subscribed', topic: 'w' }).message(1, 500, 510)
      seen.add(1000, { who: 'witness', what: 'closed' }).message(2, 1100).up(1101, 'publish')
      if (isBack) seen.add(1050, { who: 'witness', what: 'subscribed', topic: 'w' })
      return outcome(seen.ended(6000)).result
    }
    expect(lost(false)).toBe('inconclusive')
    expect(lost(true)).toBe('fail')
  })

  test('evidence from before a witness said so: each restart ends with the first message that was seen', () => {
    const seen = sending(1).message(1, 500, 510).add(1000, { who: 'broker', what: 'killed' })
    seen.message(2, 1500).message(3, 2000, 2002).up(1900, 'publish').up(2001, 'publish')
    seen.add(3000, { who: 'broker', what: 'killed' }).message(4, 3100).up(3200, 'publish')
    expect(outcome(seen.message(5, 4000, 4002).up(4001, 'publish').ended(7000))).toMatchObject({
      result: 'inconclusive',
      reason: expect.stringMatching(/^2 messages reached the broker/),
    })
  })

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

  test('only what was handed over too late: what to do about it', () =>
    expect(
      outcome(
        sending(1, { 'messages-kept': { latest: '20s' } })
          .message(1, 500, 510)
          .ended(6000),
      ).reason,
    ).toBe(
      'no message of QoS 1 or 2 was due; up: none of 1 was published earlier than 20.00 s before the end; ' +
        'make `until` longer, or `latest` shorter',
    ))

  test("a loss that the broker had acknowledged is the broker's", () => {
    const lost = sending(1).message(1, 500).client(510, 'acknowledged', { seq: 1, flow: 'up' }).message(2, 1000)
    expect(outcome(lost.ended(6000)).reason).toContain(
      '2 never arrived (1 of them acknowledged; the first was number 1)',
    )
  })

  describe('whatever stood still meanwhile', () => {
    /** A cut from 1000 to 3000; message 1 is published in it, 2 and 3 after it, and half of the run is a standstill. */
    const cut = ({ isAcknowledged = true, lostMs = 2500, arrivedMs = 4010, qos = 1 as 1 | 2 } = {}) => {
      const seen = sending(qos).fault('blackhole', 1000).message(1, 1500)
      if (isAcknowledged) seen.client(1510, 'acknowledged', { seq: 1, flow: 'up' })
      seen.lifted('blackhole#0', 3000).end(lostMs, 'broker', 'client').on(1).connect(3100)
      return seen.message(2, 3200, 3300).message(3, 4000, arrivedMs).stalled(4900, 3000, 'link').ended(6000)
    }

    test('what was acknowledged and overtaken is lost', () => expect(outcome(cut())).toMatchObject({ result: 'fail' }))

    test('what nobody had acknowledged may yet be sent again', () =>
      expect(result(cut({ isAcknowledged: false }))).toBe('inconclusive'))

    test('what was lost with a connection that no fault ended may be the doing of the standstill', () =>
      expect(result(cut({ lostMs: 3050 }))).toBe('inconclusive'))

    test('what nothing overtook in time may yet come', () => {
      const late = sending(1).message(1, 1500).client(1510, 'acknowledged', { seq: 1, flow: 'up' })
      expect(result(late.message(2, 3200, 5500).stalled(4900, 3000, 'link').ended(6000))).toBe('inconclusive')
    })

    test('what came twice at QoS 2 came twice', () => {
      const twice = sending(2).message(1, 500, 510, 900).stalled(4900, 3000, 'link')
      expect(result(twice.ended(6000))).toBe('fail')
    })
  })
})

describe('messages that come down', () => {
  const clean = { clean: true, protocolVersion: 4 } as const
  /** Subscribed at 10; message 1 arrives, message 2 is published at `atMs` and does not. */
  const receivingAt = (atMs: number, { qos = 1 as 0 | 1 | 2, connect = {} } = {}) =>
    run({ expect: ['messages-kept'], traffic: receiving(qos) })
      .connect(0, {}, connect)
      .up(10, 'subscribe', { messageId: 1 })
      .down(10, 'suback', { messageId: 1 })
      .down(510, 'publish', { qos, messageId: 2 })
      .published(1, 500)
      .client(510, 'received', { seq: 1, flow: 'down' })
      .ping(2400)
      .published(2, atMs)

  test('the reason says which way a message was lost, and how many each way', () => {
    const evidence = receivingAt(600).message(1, 600, 601)
    const both = { ...receiving(1), ...publishing(1) }
    const { header, events } = evidence.ended(6000)
    const scenario = { ...header.scenario, client: { ...header.scenario.client, traffic: both } }
    expect(outcome({ header: { ...header, scenario }, events })).toMatchObject({
      result: 'fail',
      sinceMs: 600,
      reason:
        'up (client to broker): 1 of 1 message arrived, the slowest after 1 ms; ' +
        'down (broker to client): 1 of 2 messages arrived, the slowest after 10 ms, ' +
        '1 never arrived (0 of them acknowledged; the first was number 2)',
    })
  })

  test('nothing is owed to a client that subscribed to nothing', () =>
    expect(
      outcome(
        run({ expect: ['messages-kept'], traffic: receiving(1) })
          .connect(0)
          .published(1, 500)
          .ended(6000),
      ),
    ).toMatchObject({
      result: 'inconclusive',
      reason: 'no message of QoS 1 or 2 was due; the client subscribed to nothing, so no message is owed to it',
    }))

  test('nor at more than the QoS that the broker granted', () => {
    const twice = receivingAt(5900, { qos: 2 }).client(700, 'received', { seq: 1, flow: 'down' })
    expect(result(twice.ended(6000))).toBe('fail')
    const granted = run({ expect: ['messages-kept'], traffic: receiving(2) })
      .connect(0)
      .up(10, 'subscribe', { messageId: 1 })
      .down(10, 'suback', { messageId: 1 })
      .down(510, 'publish', { qos: 1, messageId: 2 })
      .published(1, 500)
      .client(510, 'received', { seq: 1, flow: 'down' })
      .client(700, 'received', { seq: 1, flow: 'down' })
    expect(result(granted.ended(6000))).toBe('pass')
  })

  test.each([
    ['on its way when a clean session ended', 4500, clean, 'pass'],
    ['after a clean session had ended', 6000, clean, 'pass'],
    ['while all was well, long before that', 1000, clean, 'fail'],
    ['for a session that goes on', 4500, { ...clean, clean: false }, 'fail'],
    ['for a session that MQTT 5 keeps', 4500, { clean: true, protocolVersion: 5, sessionExpiryS: 60 }, 'fail'],
  ])('a message lost %s', (_when, atMs, connect, expected) => {
    const evidence = receivingAt(atMs, { connect })
      .fault('blackhole', 4000)
      .lostPing(4500)
      .end(7000, 'client', 'client')
    const found = outcome(evidence.ended(12_000))
    expect(found.result).toBe(expected)
    if (expected === 'pass') expect(found.reason).toContain('1 lost with a clean session that ended, which may be')
  })

  test('a session that its own next CONNECT throws away was none', () => {
    const again = receivingAt(4500, { connect: { ...clean, clean: false } })
      .fault('blackhole', 4000)
      .lostPing(4500)
      .end(7000, 'client', 'client')
      .lifted('blackhole#0', 7500)
      .on(2)
      .connect(8000, {}, clean)
    expect(result(again.ended(12_000))).toBe('pass')
  })
})
