import { describe, expect, test } from 'vitest'
import { brokerHeardMs, connectionsOf } from '../../../src/evidence/connection.ts'
import { checks } from '../../../src/judge/checks/index.ts'
import { controlOf } from '../../../src/judge/control.ts'
import { historiesOf } from '../../../src/judge/history.ts'
import { judge } from '../../../src/judge/judge.ts'
import { receiving, run, type Setting } from '../../evidence/builder.ts'
import { outcome } from './verdicts.ts'

/** K = 2 s under TLS: last bytes at the broker at 2000, path dead from 3000. */
const halfOpen = (check: string, setting: Setting = {}) =>
  run({ expect: [check], ...setting })
    .seal(0)
    .bytes(2000)
    .fault('blackhole', 3000)
    .data(4000, 'up', 'sent')

const reasonOf = (evidence: ReturnType<ReturnType<typeof run>['ended']>) => {
  const { result, reason } = outcome(evidence)
  return `${result}: ${reason}`
}

describe('where the link can read nothing', () => {
  test('the broker is dated from the last bytes that reached it', () =>
    expect(outcome(halfOpen('broker-drops-client').end(5000, 'broker', 'broker').ended(12_000))).toMatchObject({
      result: 'pass',
      sinceMs: 2000,
      seenMs: 5000,
      ratio: 1.5,
    }))

  test('a broker that never closes fails', () =>
    expect(outcome(halfOpen('broker-drops-client').ended(12_000))).toMatchObject({ result: 'fail', sinceMs: 2000 }))

  test('bytes before the client was let in count at the CONNACK, the last that came down before its word', () => {
    const evidence = run().data(-900, 'up').data(-800, 'down').data(-700, 'up').seal(-1000).data(-5, 'down').ended(1000)
    const late = evidence.events.map(each => (each.what === 'connected' ? { ...each, atMs: 0 } : each))
    const [connection] = connectionsOf(late.sort((a, b) => a.atMs - b.atMs))
    expect(connection?.establishedMs).toBe(0)
    expect(connection && brokerHeardMs(connection)).toEqual([-5, -5, -5])
  })

  test('the client is dated from the fault to its own close', () =>
    expect(outcome(halfOpen('client-gives-up').end(5000, 'client', 'client').ended(12_000))).toMatchObject({
      result: 'pass',
      sinceMs: 3000,
      seenMs: 5000,
    }))

  test('one that had sent nothing since the last bytes came has not given up; a TLS alert is no question', () => {
    const idle = () =>
      run({ expect: ['client-gives-up'] })
        .seal(0)
        .bytes(1500)
        .fault('blackhole', 3000)
    const closing = (b: ReturnType<typeof idle>) => reasonOf(b.end(5000, 'client', 'client').ended(12_000))
    expect(closing(idle())).toMatch(/^fail: .*not for want of an answer: it had asked the broker for nothing since/)
    expect(closing(idle().data(4990, 'up', 'sent'))).toMatch(/^fail: .*of the 1 chunk that it had sent since, none/)
    expect(closing(idle().data(4000, 'up', 'sent'))).toMatch(/^pass/)
  })

  test('a connection that may have taken over, and may not, blames no broker for the will', () => {
    const beside = () => halfOpen('will-published').on(2).seal(3500).on(1).end(5000, 'broker', 'broker')
    expect(outcome(beside().will(3510).ended(12_000)).result).toBe('pass')
    expect(outcome(beside().will(5010).ended(12_000)).result).toBe('pass')
    expect(reasonOf(beside().will(9000).ended(12_000))).toMatch(
      /^inconclusive: connection 2 may have taken over: its client id is not to be seen/,
    )
  })

  test('of two faults, the one after which no bytes came any more is meant', () =>
    expect(
      outcome(
        run({ expect: ['client-gives-up'] })
          .seal(0)
          .bytes(2000)
          .fault('blackhole', 2500)
          .lifted('blackhole#0', 2700)
          .bytes(4000)
          .fault('blackhole', 5000)
          .data(6000, 'up', 'sent')
          .end(7000, 'client', 'client')
          .ended(12_000),
      ),
    ).toMatchObject({ result: 'pass', sinceMs: 5000 }))

  test('and where messages come down too, nobody can say which', () =>
    expect(
      reasonOf(
        run({ expect: ['client-gives-up'], traffic: receiving(0) })
          .seal(0)
          .bytes(2000)
          .fault('blackhole', 2500)
          .lifted('blackhole#0', 2700)
          .fault('blackhole', 5000)
          .end(7000, 'client', 'client')
          .ended(12_000),
      ),
    ).toBe("inconclusive: the link can't read TLS, so which of 2 faults silenced the broker is not to be seen"))

  test('a new connection with bytes for the broker is what tells it of the end of the old one', () =>
    expect(
      reasonOf(halfOpen('broker-drops-client').on(2).seal(4500).end(4600, 'broker', 'broker').ended(12_000)),
    ).toContain("the broker was told by the client's new connection"))

  test('pings can only be missed: that bytes are pings nobody can see', () => {
    const pinging = run({ expect: ['pings-on-time'] })
      .seal(0)
      .bytes(2000, 4000)
    expect(reasonOf(pinging.ended(5000))).toBe(
      "inconclusive: the link can't read TLS: the client was never silent for too long, but whether it sent control packets is not to be seen",
    )
    expect(
      reasonOf(
        run({ expect: ['pings-on-time'] })
          .seal(0)
          .bytes(2000)
          .ended(9000),
      ),
    ).toMatch(/^fail: client sent nothing/)
  })

  test('a will that does not come may have been deleted by a DISCONNECT', () => {
    const closed = run({ expect: ['will-published'] })
      .seal(0)
      .bytes(2000)
      .end(3000, 'client', 'client')
      .end(3000, 'broker', 'client')
    expect(reasonOf(closed.ended(9000))).toMatch(
      /^inconclusive: the link can't read TLS: whether the client sent a DISCONNECT/,
    )
    expect(outcome(closed.will(3100).ended(9000)).result).toBe('pass')
  })

  test('the Server Keep Alive is what the client was told', () =>
    expect(
      historiesOf(run({ keepaliveS: 60, protocol: 5 }).seal(0, 'TLS', { serverKeepAliveS: 10 }).ended(1000))[0],
    ).toMatchObject({ keepaliveMs: 10_000, ownKeepaliveMs: 60_000 }))

  test('a client that says nothing was not tested', () => {
    const evidence = halfOpen('client-gives-up').ended(12_000)
    const mute = { ...evidence, events: evidence.events.filter(({ what }) => what !== 'connected') }
    expect(judge(mute, checks)).toMatchObject({
      result: 'inconclusive',
      troubles: ['no CONNACK reached the client, so nothing was tested'],
    })
  })
})

describe('the control where the link can read nothing', () => {
  const control = (builder: ReturnType<typeof run>) => {
    const [history] = historiesOf(builder.ended(20_000))
    return history && controlOf(history)
  }

  test('holds with bytes both ways', () =>
    expect(control(run().seal(0).bytes(2000, 4000).fault('blackhole', 6000))).toBeUndefined())

  test('an idle client that had the time to ping and sent nothing', () =>
    expect(control(run().seal(0).fault('blackhole', 6000))).toBe(
      'the client sent nothing for 6.00 s (3K) before blackhole#0, though a PINGREQ was due after 1K',
    ))

  test('bytes without an answer', () =>
    expect(control(run().seal(0).bytes(2000).data(4000, 'up').fault('blackhole', 6000))).toBe(
      'what the client sent 2000 ms before blackhole#0 had no answer',
    ))

  test('a connection that ended before the fault', () =>
    expect(control(run().seal(0).bytes(2000).end(3000, 'client', 'broker').fault('blackhole', 6000))).toBe(
      'the broker ended the connection 3000 ms before blackhole#0 held',
    ))
})
