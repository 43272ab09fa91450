import { describe, expect, test } from 'vitest'
import type { PacketSummary } from '../../../src/model/event.ts'
import type { Traffic } from '../../../src/model/scenario.ts'
import { type Builder, receiving, run } from '../../evidence/builder.ts'
import { outcome, result } from './verdicts.ts'

const told = (check: string | Readonly<Record<string, object>>, traffic: Traffic = receiving(1)) =>
  run({ expect: [check], keepaliveS: 10, traffic })
    .connect(0, {}, { clean: false })
    .ping(500)
    .fault('reset', 1000)
    .end(1000, 'client', 'fault', 'rst')

const back = (b: Builder, atMs: number, connack: Partial<PacketSummary> = {}, connect: Partial<PacketSummary> = {}) =>
  b.on(2).connect(atMs, connack, { clean: false, ...connect })

describe('taken-over', () => {
  test('passes where the broker ends the old connection as its client is back', () =>
    expect(outcome(back(told('taken-over'), 2000).on(1).end(2010, 'broker', 'broker').ended(9000))).toMatchObject({
      result: 'pass',
      sinceMs: 2000,
      seenMs: 2010,
      window: { earliestMs: 0, latestMs: 1000 },
    }))

  test('fails where it keeps both, and where it takes its time', () => {
    expect(result(back(told('taken-over'), 2000).ended(9000))).toBe('fail')
    expect(result(back(told('taken-over'), 2000).on(1).end(3001, 'broker', 'broker').ended(9000))).toBe('fail')
  })

  test('what ended before the client was back was taken over by nobody', () => {
    const ended = told('taken-over').end(1900, 'broker', 'broker')
    expect(outcome(back(ended, 2000).ended(9000))).toMatchObject({
      result: 'inconclusive',
      reason: 'the client came back 1 time, and the broker had ended its old connection each time before',
    })
    expect(result(told('taken-over').ended(9000))).toBe('inconclusive')
  })

  test.each([
    ['present', true, 'pass'],
    ['present', false, 'fail'],
    ['absent', false, 'pass'],
    ['absent', true, 'fail'],
    ['present', undefined, 'inconclusive'],
  ])('session: %s, and the CONNACK says session present %s: %s', (session, sessionPresent, expected) => {
    const connack = sessionPresent === undefined ? {} : { sessionPresent }
    const seen = back(told({ 'taken-over': { session } }), 2000, connack)
    expect(result(seen.on(1).end(2010, 'broker', 'broker').ended(9000))).toBe(expected)
  })
})

describe('queued', () => {
  /** Two before the fault, three while the client is away until 5000; which of those come, and when. */
  const away = (check: string | Readonly<Record<string, object>>, arrivals: Readonly<Record<number, number>>) => {
    const seen = told(check).published(1, 200)
    for (const [seq, atMs] of [
      [2, 1500],
      [3, 2500],
      [4, 3500],
    ] as const)
      seen.published(seq, atMs)
    back(seen, 5000, { sessionPresent: true })
    for (const [seq, atMs] of Object.entries(arrivals))
      seen.client(atMs, 'received', { flow: 'down', seq: Number(seq) })
    return seen
  }

  test('passes where all of it comes, in order', () =>
    expect(outcome(away('queued', { 2: 5010, 3: 5010, 4: 5020 }).ended(9000))).toMatchObject({
      result: 'pass',
      sinceMs: 5000,
      seenMs: 5020,
      reason: '3 of 3 messages that were published in the 4.00 s without it came (session present 1)',
    }))

  test.each([
    ['one is missing', 'queued', { 2: 5010, 4: 5020 }, 'fail'],
    ['they come in another order', 'queued', { 2: 5010, 3: 5030, 4: 5020 }, 'fail'],
    ['one is missing, and two are enough', { queued: { least: 2 } }, { 2: 5010, 4: 5020 }, 'pass'],
    ['two come, and one may', { queued: { most: 1 } }, { 2: 5010, 4: 5020 }, 'fail'],
    ['none comes, and none may', { queued: { most: 0 } }, {}, 'pass'],
    ['they come too late', { queued: { latest: '1s' } }, { 2: 5010, 3: 5010, 4: 6001 }, 'fail'],
    ['they come in time', { queued: { latest: '1s' } }, { 2: 5010, 3: 5010, 4: 6000 }, 'pass'],
  ])('%s: %j', (_, check, arrivals, expected) =>
    expect(result(away(check as string, arrivals as Readonly<Record<number, number>>).ended(9000))).toBe(expected),
  )

  test('a client that asked for no session is owed nothing', () => {
    const seen = run({ expect: ['queued'], keepaliveS: 10, traffic: receiving(1) })
    seen.connect(0, {}, { clean: true }).ping(500).fault('reset', 1000).end(1000, 'client', 'fault', 'rst')
    seen.published(1, 1500).on(2).connect(5000, {}, { clean: true })
    expect(result(seen.ended(9000))).toBe('inconclusive')
  })

  test('nothing to be queued proves nothing: never away, never back, nothing published', () => {
    expect(
      result(
        run({ expect: ['queued'], traffic: receiving(1) })
          .connect(0)
          .ping(500)
          .ended(9000),
      ),
    ).toBe('inconclusive')
    expect(result(told('queued').published(1, 1500).ended(9000))).toBe('inconclusive')
    expect(result(back(told('queued'), 5000).ended(9000))).toBe('inconclusive')
  })

  test.each([
    [3, 'pass'],
    [2, 'fail'],
  ])('three at once with a Receive Maximum of %i: %s', (receiveMaximum, expected) => {
    const seen = run({ expect: ['queued'], keepaliveS: 10, traffic: receiving(1), protocol: 5 })
    const five = { protocolVersion: 5, clean: false, sessionExpiryS: 60, receiveMaximum }
    seen.connect(0, {}, five).ping(500).fault('reset', 1000).end(1000, 'client', 'fault', 'rst')
    seen.published(1, 1100).published(2, 1200).published(3, 1300).on(2).connect(5000, { sessionPresent: true }, five)
    for (const seq of [1, 2, 3]) seen.down(5010, 'publish', { qos: 1, messageId: seq })
    for (const seq of [1, 2, 3]) seen.client(5010, 'received', { flow: 'down', seq }).up(5011, 'puback')
    expect(result(seen.ended(9000))).toBe(expected)
  })
})

describe('share-kept', () => {
  const shared: Traffic = { receiving: { qos: 1, every: { ms: 500, k: 0 }, share: true } }
  const to = (b: Builder, who: 'client' | 'witness', seq: number, publishedMs: number, receivedMs = publishedMs) => {
    b.published(seq, publishedMs).add(receivedMs, { who, what: 'received', flow: 'down', seq, device: 1 })
    return b
  }
  /** Four before the fault at 3000, one each; the broker notices at 6000, and has sent number 5 in vain. */
  const halfOpen = (check: string | Readonly<Record<string, object>> = 'share-kept') => {
    const seen = run({ expect: [check], traffic: shared })
      .connect(0)
      .ping(500)
    to(to(seen, 'client', 1, 500), 'witness', 2, 600)
    seen.fault('blackhole', 3000).published(5, 3500).packet(3500, 'broker', 'down', 'publish', { qos: 1 })
    to(seen, 'witness', 6, 4000).end(6000, 'broker', 'broker')
    return seen
  }

  test('passes where the others get what it swallowed, or it gets it itself later', () => {
    const taken = halfOpen().add(6010, { who: 'witness', what: 'received', flow: 'down', seq: 5, device: 1 })
    expect(outcome(taken.ended(9000))).toMatchObject({
      result: 'pass',
      sinceMs: 3000,
      seenMs: 6000,
      reason:
        'the half-open member was sent 1 message in the 3.00 s (1.5K) until the broker noticed; of 2 published since, the other member got 2, this one 0, nobody 0',
    })
    expect(result(halfOpen().client(8000, 'received', { flow: 'down', seq: 5 }).ended(9000))).toBe('pass')
  })

  test('fails where nobody ever gets it, unless so many may be lost', () => {
    expect(outcome(halfOpen().ended(9000)).reason).toContain('1 reached nobody (the first was number 5)')
    expect(result(halfOpen().ended(9000))).toBe('fail')
    expect(result(halfOpen({ 'share-kept': { lost: 1 } }).ended(9000))).toBe('pass')
    expect(result(halfOpen({ 'share-kept': { lost: 1, swallowed: 0 } }).ended(9000))).toBe('fail')
  })

  test('a broker that does not share proves nothing', () => {
    const seen = run({ expect: ['share-kept'], traffic: shared })
      .connect(0)
      .ping(500)
    to(to(seen, 'witness', 1, 500), 'witness', 2, 600)
    expect(outcome(seen.fault('blackhole', 3000).published(5, 3500).ended(9000)).reason).toContain(
      'the broker does not share them',
    )
  })

  test('without a shared subscription, or where nothing was swallowed, nothing is said', () => {
    expect(
      result(
        run({ expect: ['share-kept'], traffic: receiving(1) })
          .connect(0)
          .ping(500)
          .ended(9000),
      ),
    ).toBe('inconclusive')
    const seen = run({ expect: ['share-kept'], traffic: shared })
      .connect(0)
      .ping(500)
    to(to(seen, 'client', 1, 500), 'witness', 2, 600).fault('blackhole', 3000)
    expect(result(to(seen, 'witness', 3, 4000).ended(9000))).toBe('inconclusive')
  })
})
