import { describe, expect, test } from 'vitest'
import { publishing, run } from '../../evidence/builder.ts'
import { outcome, result } from './verdicts.ts'

const expecting = { expect: ['client-gives-up'] }
/** K = 2 s, MQTT.js 5.16: 1 s to 3 s after the fault held at 3000, give or take 250 ms. */
const halfOpen = (setting = {}) =>
  run({ ...expecting, ...setting })
    .connect(0)
    .ping(2000)
    .fault('blackhole', 3000)
    .lostPing(4000)

describe('client-gives-up', () => {
  test('passes 1.5K after the last PINGRESP, counted from the moment the fault held', () =>
    expect(outcome(halfOpen().end(5000, 'client', 'client').ended(12_000))).toMatchObject({
      result: 'pass',
      sinceMs: 3000,
      seenMs: 5000,
      afterMs: 2000,
      ratio: 1,
      reason:
        'client closed 2.00 s (1K) after blackhole#0 held, 3.00 s (1.5K) after the last answer; allowed 750 ms to 3.25 s ' +
        '(0.5K - 250 ms to 1.5K + 250 ms, mqttjs 5.16.0 profile)',
    }))

  test.each([
    [3749, 'fail'],
    [3750, 'pass'],
    [6250, 'pass'],
    [6251, 'fail'],
  ])('closing at %i ms: %s', (atMs, expected) => {
    // The path died just after a ping had gone out, before its answer came.
    const asked = run(expecting).connect(0).ping(2000).lostPing(2990).fault('blackhole', 3000)
    expect(result(asked.end(atMs, 'client', 'client').ended(12_000))).toBe(expected)
  })

  test('a client that never gives up while it publishes: a fail that says so (MQTT.js 4)', () => {
    const old = { client: { name: 'mqttjs', version: '4.3.8' }, traffic: publishing(0) }
    const writing = halfOpen(old)
    for (let atMs = 4500; atMs < 12_000; atMs += 500) writing.packet(atMs, 'client', 'up', 'publish')
    const found = outcome(writing.ended(12_000))
    expect(found).toMatchObject({ result: 'fail', seenMs: null })
    expect(found.reason).toBe(
      'client never gave up (it kept writing: 16 packets) in 9.00 s (4.5K) after blackhole#0 held; ' +
        'allowed 1.75 s to 4.25 s (1K - 250 ms to 2K + 250 ms, mqttjs 4.3.8 profile)',
    )
  })

  test('is inconclusive where the run ended before the window', () =>
    expect(outcome(halfOpen().ended(6000))).toMatchObject({ result: 'inconclusive', sinceMs: 3000 }))

  test.each([
    ["the broker's FIN", (b: ReturnType<typeof halfOpen>) => b.end(4500, 'client', 'broker')],
    ["the fault's RST", (b: ReturnType<typeof halfOpen>) => b.end(4500, 'client', 'fault', 'rst')],
    ["the broker's DISCONNECT (0x8d)", (b: ReturnType<typeof halfOpen>) => b.down(4500, 'disconnect', { code: 0x8d })],
  ])('told by %s: no detection', (by, tell) => {
    const found = outcome(tell(halfOpen()).end(4501, 'client', 'client').ended(12_000))
    expect(found.result).toBe('inconclusive')
    expect(found.reason).toContain(`told by ${by}`)
  })

  test('at one moment of virtual time, order tells whose end came first', () => {
    const closes = (first: 'client' | 'broker', second: 'client' | 'broker') =>
      result(halfOpen().end(5000, 'client', first).end(5000, 'client', second).ended(12_000))
    expect(closes('client', 'broker')).toBe('pass')
    expect(closes('broker', 'client')).toBe('inconclusive')
  })

  test('told only after its window: it should have known, so it fails', () =>
    expect(result(halfOpen().end(9000, 'client', 'broker').end(9001, 'client', 'client').ended(12_000))).toBe('fail'))

  test('what befalls the broker behind the link is nothing to the client', () =>
    expect(result(halfOpen().end(4500, 'broker', 'broker').end(5000, 'client', 'client').ended(12_000))).toBe('pass'))

  test('lifted within the window, and answered again: nothing to give up on', () => {
    const found = outcome(halfOpen().lifted('blackhole#0', 4500).down(4500, 'pingresp').ping(6500).ended(12_000))
    expect(found.result).toBe('inconclusive')
    expect(found.reason).toContain('blackhole#0 was lifted after 1.50 s')
  })

  test('an idle timer counts from its expiry on this connection', () => {
    const evidence = run(expecting)
      .connect(0)
      .ping(2000)
      .fault('idle-cut', 500, { held: false })
      .expired('idle-cut#0', 3500)
      .lostPing(4000)
      .end(5500, 'client', 'client')
      .on(2)
      .connect(6000)
      .expired('idle-cut#0', 7500)
      .ended(12_000)
    expect(outcome(evidence)).toMatchObject({ result: 'pass', sinceMs: 3500, seenMs: 5500 })
  })

  test('of two faults the one that silenced the broker counts', () => {
    const evidence = run(expecting)
      .connect(0)
      .fault('delay', 500)
      .ping(2000, 4000)
      .fault('blackhole', 5000)
      .lostPing(6000)
      .end(7000, 'client', 'client')
      .ended(12_000)
    expect(outcome(evidence)).toMatchObject({ result: 'pass', sinceMs: 5000 })
  })

  test('of two blackholes, the first to silence it counts, though the second came before the close', () => {
    const evidence = halfOpen().fault('blackhole', 4500).end(5000, 'client', 'client').ended(12_000)
    expect(outcome(evidence)).toMatchObject({ result: 'pass', sinceMs: 3000 })
  })

  test('where acknowledgements still come, the last fault before the close counts', () => {
    const evidence = run({ ...expecting, traffic: publishing(1) })
      .connect(0)
      .fault('delay', 500)
      .ping(2000)
      .fault('swallow', 3000)
      .lostPing(4000)
      .down(4500, 'puback')
      .end(5000, 'client', 'client')
    expect(outcome(evidence.ended(12_000))).toMatchObject({ result: 'pass', sinceMs: 3000 })
  })

  test('a client that the broker went on answering had nothing to give up on', () => {
    const evidence = run({ ...expecting, traffic: publishing(1) })
      .connect(0)
      .ping(2000)
      .fault('swallow', 3000)
    for (let atMs = 3500; atMs < 12_000; atMs += 500)
      evidence.up(atMs, 'publish', { qos: 1, messageId: atMs }).down(atMs + 1, 'puback', { messageId: atMs })
    expect(outcome(evidence.ended(12_000))).toMatchObject({
      result: 'inconclusive',
      reason:
        'swallow#0 left the client with answers, the last one 3.00 s after it held, so it had nothing to give up on',
    })
  })

  test('but where it had asked for a PINGRESP and none came, other answers are no excuse', () => {
    const evidence = halfOpen({ traffic: publishing(1) })
    for (let atMs = 4500; atMs < 12_000; atMs += 500)
      evidence.up(atMs, 'publish', { qos: 1, messageId: atMs }).down(atMs + 1, 'puback', { messageId: atMs })
    expect(result(evidence.ended(12_000))).toBe('fail')
  })

  test('a kernel that gives up on what is not acknowledged has asked for the client', () => {
    const end = { who: 'link', what: 'rst', edge: 'client', from: 'client', conn: 1 } as const
    const idle = () =>
      run({ ...expecting, client: { name: 'x', version: '1' } })
        .connect(0)
        .ping(2000)
        .fault('blackhole', 3000)
    expect(
      result(
        idle()
          .add(5000, { ...end, unacknowledged: true })
          .ended(12_000),
      ),
    ).toBe('pass')
    expect(result(idle().add(5000, end).ended(12_000))).toBe('fail')
  })

  test('where much is still under way, what it asked last is not to be seen', () => {
    const evidence = halfOpen({ traffic: publishing(0) })
    const stuck = run({ ...expecting, traffic: publishing(0) })
      .connect(0)
      .ping(2000)
      .fault('blackhole', 3000)
    for (let atMs = 3100; atMs < 4000; atMs += 100)
      stuck.packet(atMs, 'client', 'up', 'publish', { qos: 0, bytes: 64 * 1024 })
    expect(result(stuck.end(5000, 'client', 'client').ended(12_000))).toBe('inconclusive')
    expect(result(evidence.end(5000, 'client', 'client').ended(12_000))).toBe('pass')
  })

  test('what the broker had left unanswered long before the fault is no cause', () => {
    const evidence = run(expecting)
      .connect(0)
      .up(500, 'subscribe', { messageId: 1 })
      .ping(2000)
      .fault('blackhole', 3000)
    expect(outcome(evidence.end(5000, 'client', 'client').ended(12_000)).reason).toContain('not for want of an answer')
  })

  test('who took over is said where the broker tells the client so', () => {
    const evidence = halfOpen().on(2).connect(4200).on(1).end(4300, 'client', 'broker')
    expect(outcome(evidence.ended(12_000)).reason).toBe(
      `the client was told by the broker's FIN (connection 2 took over, with the same client id "device-1", ` +
        'MQTT 3.1.1 [MQTT-3.1.4-2]) 1.30 s after blackhole#0 held, within its window',
    )
  })

  test('an unknown client has until 2K + 1 s', () => {
    const unknown = { client: { name: 'command', version: 'unknown' } }
    expect(result(halfOpen(unknown).end(8000, 'client', 'client').ended(12_000))).toBe('pass')
    expect(result(halfOpen(unknown).end(8001, 'client', 'client').ended(12_000))).toBe('fail')
  })

  test('with no fault there is nothing to count from', () =>
    expect(result(run(expecting).connect(0).ping(2000).ended(3000))).toBe('inconclusive'))
})
