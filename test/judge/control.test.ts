import { describe, expect, test } from 'vitest'
import { publishing, run } from '../evidence/builder.ts'
import { outcome, result } from './checks/verdicts.ts'

const expecting = { expect: ['client-gives-up'] }
const gaveUp = (b: ReturnType<typeof run>) => b.lostPing(7000).end(8000, 'client', 'client').ended(20_000)
const reasonOf = (b: ReturnType<typeof run>) => {
  const found = outcome(gaveUp(b))
  return `${found.result}: ${found.reason}`
}

describe('every scenario has its control', () => {
  test('a healthy connection before the fault lets the check speak', () =>
    expect(result(gaveUp(run(expecting).connect(0).ping(2000, 4000).fault('blackhole', 6000)))).toBe('pass'))

  test('no CONNACK: nothing was tested', () =>
    expect(reasonOf(run(expecting).up(-10, 'connect').unreached('blackhole', 6000))).toBe(
      'inconclusive: no CONNACK reached the client, so nothing was tested',
    ))

  test('a connection that ended before the fault', () =>
    expect(
      reasonOf(
        run(expecting).connect(0).end(1000, 'client', 'broker').on(2).connect(1500).ping(3500).fault('blackhole', 5000),
      ),
    ).toBe('inconclusive: the broker ended the connection 4000 ms before blackhole#0 held'))

  test('an attempt that was never accepted is none', () =>
    expect(
      result(
        gaveUp(
          run(expecting)
            .connect(-900, { code: 3 })
            .end(-890, 'client', 'broker')
            .on(2)
            .connect(0)
            .ping(2000, 4000)
            .fault('blackhole', 6000),
        ),
      ),
    ).toBe('pass'))

  test('a connection that another one took over before the fault: who did is said', () =>
    expect(
      reasonOf(
        run(expecting)
          .connect(0)
          .ping(2000)
          .on(2)
          .connect(2500)
          .on(1)
          .end(2501, 'broker', 'broker')
          .fault('blackhole', 3000),
      ),
    ).toBe(
      'inconclusive: the broker ended the connection 499 ms before blackhole#0 held: connection 2 took over, ' +
        'with the same client id "device-1", MQTT 3.1.1 [MQTT-3.1.4-2]',
    ))

  test('a PINGREQ without an answer, well before the fault', () =>
    expect(reasonOf(run(expecting).connect(0).up(2000, 'pingreq').fault('blackhole', 6000))).toBe(
      'inconclusive: 1 of 1 PINGREQ before blackhole#0 had no PINGRESP',
    ))

  test('a PINGREQ just before the fault may be on its way', () =>
    expect(
      result(
        gaveUp(
          run(expecting)
            .connect(0)
            .ping(2000, 4000)
            .up(5900, 'pingreq')
            .fault('blackhole', 6000)
            .packet(6001, 'broker', 'down', 'pingresp'),
        ),
      ),
    ).toBe('pass'))

  test('an idle client that had the time to ping and did not', () =>
    expect(reasonOf(run(expecting).connect(0).fault('blackhole', 6000))).toBe(
      'inconclusive: the client sent nothing for 6.00 s (3K) before blackhole#0, though a PINGREQ was due after 1K',
    ))

  test.each([
    [2, 3000, 'pass'],
    [2, 3300, 'inconclusive'],
    [60, 62_000, 'pass'],
    [60, 63_500, 'inconclusive'],
  ] as const)(
    'at K = %i s a client whose loop looks once a second may ping after %i ms: %s',
    (keepaliveS, pingMs, is) => {
      const setting = { ...expecting, keepaliveS, untilMs: 5 * keepaliveS * 1000 }
      const faultMs = pingMs + 500
      const endMs = faultMs + 2 * keepaliveS * 1000
      const ran = run(setting)
        .connect(0)
        .ping(pingMs)
        .fault('blackhole', faultMs)
        .lostPing(faultMs + 1000)
      const { reason } = outcome(ran.end(endMs, 'client', 'client').ended(setting.untilMs))
      expect(reason.startsWith('the client sent nothing')).toBe(is === 'inconclusive')
    },
  )

  test.each([
    ['is the silent one', { client: { name: 'silent', version: '1' } }],
    ['publishes', { traffic: publishing(0) }],
  ])('no PINGREQ is missed of a client that %s', (_why, setting) =>
    expect(
      outcome(
        gaveUp(
          run({ ...expecting, ...setting })
            .connect(0)
            .fault('blackhole', 6000),
        ),
      ).reason,
    ).not.toContain('never sent a PINGREQ'),
  )

  test('bytes that the link could not read', () =>
    expect(
      reasonOf(
        run(expecting)
          .connect(0)
          .add(1000, { who: 'link', what: 'undecoded', flow: 'up', edge: 'client', note: 'malformed', conn: 1 })
          .ping(2000, 4000)
          .fault('blackhole', 6000),
      ),
    ).toBe('inconclusive: the link could not read all of the connection as MQTT'))

  test('what the fault itself ended is no lack of health', () =>
    expect(
      result(
        run({ expect: ['reconnects'] })
          .connect(0)
          .ping(2000)
          .end(2999, 'client', 'fault', 'rst')
          .fault('reset', 3000)
          .on(2)
          .connect(4000)
          .ended(9000),
      ),
    ).toBe('pass'))
})

describe('a control that failed', () => {
  const unhealthy = (check: string) =>
    run({ expect: [check] })
      .connect(0)
      .end(1000, 'client', 'broker')
      .on(2)
      .connect(1500)
      .fault('blackhole', 2000)
      .ended(9000)

  test.each([
    ['broker-drops-client', 'inconclusive'],
    ['will-published', 'inconclusive'],
    ['reconnects', 'inconclusive'],
    ['stays-connected', 'fail'],
    ['flaps', 'fail'],
  ])('makes %s %s', (check, expected) => expect(result(unhealthy(check))).toBe(expected))

  test('leaves pings-on-time alone, which judges that part itself', () => {
    const evidence = run({ expect: ['pings-on-time'] })
      .connect(0)
      .ping(2000)
      .up(4000, 'pingreq')
      .fault('blackhole', 6000)
    expect(result(evidence.ended(9000))).toBe('pass')
  })
})
