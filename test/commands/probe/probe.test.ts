import { describe } from 'vitest'
import { reportText } from '../../../src/commands/probe/probe-text.ts'
import { it, type Time } from '../../doubt/test.ts'
import { noMosquitto, titled } from '../../needs.ts'
import { PATIENCE_MS, probePath } from './path.ts'

/** A second is what boxes count in; connections are opened a little late. */
const CLOSE_MS = 600

/** Both ends of the link date an end for themselves. */
const DATES_MS = 50

/** A time-out that is wrong is wrong by a second, the step of the ladder. */
const SPARE_MS = 250

/** A probe, and what the machine stood still meanwhile. */
async function probed(time: Time, path: Parameters<typeof probePath>[0]) {
  const startMs = time.nowMs()
  const report = await probePath(path).catch((error: unknown) => {
    // All offers of a keep-alive together have two answers' time.
    time.unlessStill(PATIENCE_MS / 2, startMs, () => {
      throw error
    })
    return time.doubted('the broker was not asked in time')
  })
  const { longMs } = time.doubt(startMs, time.nowMs())
  return {
    report,
    // A silence lies between two dates, and either may be late.
    doubt: { shortMs: longMs, longMs },
    /** An answer that was not given in time is taken for silence. */
    unlessStill: (asserts: () => void) => time.unlessStill(PATIENCE_MS / 2, startMs, asserts),
  }
}

describe.concurrent('a probe through our own link, real time', () => {
  it.for([
    ['silent', {}, 'silent', 'At expiry: silent; what is sent then vanishes.'],
    [
      'rst-sender',
      { on_next: 'rst-sender' },
      'refused',
      'At expiry: silent; what the client sends then is answered with RST.',
    ],
    ['rst-both', { on_expiry: 'rst-both' }, 'ended', 'At expiry: RST'],
    ['fin-both', { on_expiry: 'fin-both' }, 'ended', 'At expiry: FIN'],
  ] as const)('finds 3 s, %s', async ([, box, what, words], { expect, time }) => {
    const { report, doubt, unlessStill } = await probed(time, { box: { after: '3s', ...box }, maxMs: 10_000 })
    const { aliveMs, deadMs, dead } = report.findings
    unlessStill(() => {
      time.claim('the silence that lived', aliveMs, { latestMs: 3000 + CLOSE_MS, spareMs: SPARE_MS }, doubt)
      time.claim('the silence that died', deadMs, { earliestMs: 3000 - DATES_MS, spareMs: SPARE_MS }, doubt)
      time.claim('what lies between', deadMs - aliveMs, { latestMs: CLOSE_MS, spareMs: SPARE_MS }, doubt)
      expect(dead?.outcome.what).toBe(what)
      expect(reportText(report)).toContain(words)
      expect(report).toMatchObject({ partial: undefined, skipped: [], keepaliveS: 0 })
      // The link ends TCP itself, as a proxy does.
      expect(report.findings.tcpKeepsAlive).toBe(false)
    })
  })

  it('tells a box that only the broker can not get through, until the client speaks', async ({ expect, time }) => {
    const box = { after: '3s', scope: 'inbound-only', recreate: 'outbound' }
    const { report, unlessStill } = await probed(time, { box, maxMs: 6000 })
    unlessStill(() => {
      expect(report.findings.byVariant.client.dead).toBeUndefined()
      expect(report.findings.byVariant.broker.dead?.outcome).toEqual({ what: 'silent', heals: true })
      expect(reportText(report)).toContain('the broker can reach the client no more, until the client speaks')
    })
  })

  const THROUGH_MOSQUITTO = 'finds 7 s through mosquitto, in at most 1.3 times the longest silence and one patience'
  it.skipIf(noMosquitto)(titled(THROUGH_MOSQUITTO, noMosquitto), async ({ time }) => {
    const path = { broker: 'mosquitto', box: { after: '7s' }, maxMs: 14_000 } as const
    const { report, doubt, unlessStill } = await probed(time, path)
    const { aliveMs, deadMs } = report.findings
    unlessStill(() => {
      time.claim('the silence that lived', aliveMs, { earliestMs: 6000, latestMs: 7000 + CLOSE_MS }, doubt)
      time.claim('the silence that died', deadMs, { latestMs: 8000 }, doubt)
      time.claim('the probe', report.tookMs, { latestMs: 1.3 * 14_000 + PATIENCE_MS }, doubt)
    })
  })

  it('says none where there is none', async ({ expect, time }) => {
    const { report, unlessStill } = await probed(time, { maxMs: 4000 })
    unlessStill(() => {
      expect(report.findings).toMatchObject({ aliveMs: 4000, dead: undefined })
      expect(reportText(report)).toContain('No idle time-out: none up to 4 s.')
    })
  })

  it('says so where the broker is what cut it', async ({ expect, time }) => {
    const { report, unlessStill } = await probed(time, { options: { keepaliveLimit: 5 }, maxMs: 9000 })
    unlessStill(() => {
      expect(report.keepaliveS).toBe(5)
      expect(report.findings.byBroker).toBe(true)
      expect(reportText(report)).toMatch(/The broker itself ended the connections, after \d/)
    })
  })

  const BELOW_THE_BROKERS = 'finds a shorter time-out through a broker that drops at 1.5K itself'
  it.skipIf(noMosquitto)(titled(BELOW_THE_BROKERS, noMosquitto), async ({ expect, time }) => {
    const options = { max_keepalive: 10 }
    const path = { broker: 'mosquitto', options, box: { after: '3s' }, maxMs: 10_000 } as const
    const { report, doubt, unlessStill } = await probed(time, path)
    unlessStill(() => {
      expect(report).toMatchObject({ keepaliveS: 10, findings: { byBroker: false } })
      time.claim('the silence that died', report.findings.deadMs, { latestMs: 3000 + 1000 }, doubt)
    })
  })

  it('stopped half-way, tells what is known by then', async ({ expect, time }) => {
    const { report, doubt, unlessStill } = await probed(time, { maxMs: 30_000, stopAfterMs: 3500 })
    unlessStill(() => {
      expect(report.partial).toBe('it was stopped')
      expect(report.findings.aliveMs).toBe(2000)
      time.claim('the probe', report.tookMs, { latestMs: 6000 }, doubt)
    })
  })

  it('keeps to the connections that it may use', async ({ expect, time }) => {
    const { report, unlessStill } = await probed(time, { maxMs: 4000, connections: 7 })
    expect(report.connections).toBeLessThanOrEqual(7)
    unlessStill(() => expect(report.findings.aliveMs).toBe(4000))
  })
})
