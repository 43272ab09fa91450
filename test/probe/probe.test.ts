import { describe, expect, it } from 'vitest'
import { reportText } from '../../src/probe/text.ts'
import { noMosquitto, titled } from '../needs.ts'
import { probePath } from './path.ts'

/** A second is what boxes count in; on a busy machine connections are opened a little late. */
const CLOSE_MS = 600

/** Both ends of the link date an end for themselves. */
const DATES_MS = 50

describe.concurrent('a probe through our own link, real time', () => {
  it.each([
    ['silent', {}, 'silent', 'At expiry: silent; what is sent then vanishes.'],
    [
      'rst-sender',
      { on_next: 'rst-sender' },
      'refused',
      'At expiry: silent; what the client sends then is answered with RST.',
    ],
    ['rst-both', { on_expiry: 'rst-both' }, 'ended', 'At expiry: RST'],
    ['fin-both', { on_expiry: 'fin-both' }, 'ended', 'At expiry: FIN'],
  ] as const)('finds 3 s, %s', async (_, box, what, words) => {
    const report = await probePath({ box: { after: '3s', ...box }, maxMs: 10_000 })
    const { aliveMs, deadMs, dead } = report.findings
    expect(aliveMs).toBeLessThanOrEqual(3000 + CLOSE_MS)
    expect(deadMs).toBeGreaterThanOrEqual(3000 - DATES_MS)
    expect(deadMs - aliveMs).toBeLessThanOrEqual(CLOSE_MS)
    expect(dead?.outcome.what).toBe(what)
    expect(reportText(report)).toContain(words)
    expect(report).toMatchObject({ partial: undefined, skipped: [], keepaliveS: 0 })
    // The link ends TCP itself, as a proxy does.
    expect(report.findings.tcpKeepsAlive).toBe(false)
  })

  it('tells a box that only the broker can not get through, until the client speaks', async () => {
    const { findings, ...report } = await probePath({
      box: { after: '3s', scope: 'inbound-only', recreate: 'outbound' },
      maxMs: 6000,
    })
    expect(findings.byVariant.client.dead).toBeUndefined()
    expect(findings.byVariant.broker.dead?.outcome).toEqual({ what: 'silent', heals: true })
    expect(reportText({ findings, ...report })).toContain(
      'the broker can reach the client no more, until the client speaks',
    )
  })

  const THROUGH_MOSQUITTO = 'finds 7 s through mosquitto, in at most 1.3 times the longest silence and one patience'
  it.skipIf(noMosquitto)(titled(THROUGH_MOSQUITTO, noMosquitto), async () => {
    const report = await probePath({ broker: 'mosquitto', box: { after: '7s' }, maxMs: 14_000 })
    expect(report.findings.aliveMs).toBeGreaterThanOrEqual(6000)
    expect(report.findings.aliveMs).toBeLessThanOrEqual(7000 + CLOSE_MS)
    expect(report.findings.deadMs).toBeLessThanOrEqual(8000)
    expect(report.tookMs).toBeLessThanOrEqual(1.3 * 14_000 + 1000)
  })

  it('says none where there is none', async () => {
    const report = await probePath({ maxMs: 4000 })
    expect(report.findings).toMatchObject({ aliveMs: 4000, dead: undefined })
    expect(reportText(report)).toContain('No idle time-out: none up to 4 s.')
  })

  it('says so where the broker is what cut it', async () => {
    const report = await probePath({ options: { keepaliveLimit: 5 }, maxMs: 9000 })
    expect(report.keepaliveS).toBe(5)
    expect(report.findings.byBroker).toBe(true)
    expect(reportText(report)).toMatch(/The broker itself ended the connections, after \d/)
  })

  const BELOW_THE_BROKERS = 'finds a shorter time-out through a broker that drops at 1.5K itself'
  it.skipIf(noMosquitto)(titled(BELOW_THE_BROKERS, noMosquitto), async () => {
    const report = await probePath({
      broker: 'mosquitto',
      options: { max_keepalive: 10 },
      box: { after: '3s' },
      maxMs: 10_000,
    })
    expect(report).toMatchObject({ keepaliveS: 10, findings: { byBroker: false } })
    expect(report.findings.deadMs).toBeLessThanOrEqual(3000 + 1000)
  })

  it('stopped half-way, tells what is known by then', async () => {
    const report = await probePath({ maxMs: 30_000, stopAfterMs: 3500 })
    expect(report.partial).toBe('it was stopped')
    expect(report.findings.aliveMs).toBe(2000)
    expect(report.tookMs).toBeLessThan(6000)
  })

  it('keeps to the connections that it may use', async () => {
    const report = await probePath({ maxMs: 4000, connections: 7 })
    expect(report.connections).toBeLessThanOrEqual(7)
    expect(report.findings.aliveMs).toBe(4000)
  })
})
