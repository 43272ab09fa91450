import { describe, expect, it } from 'vitest'
import { findingsOf } from '../../src/probe/findings.ts'
import { ladder, refinement } from '../../src/probe/ladder.ts'
import type { Observation, Outcome, Variant } from '../../src/probe/observation.ts'
import { parseTarget, targetName } from '../../src/probe/target.ts'
import { type Report, reportText } from '../../src/probe/text.ts'

const GOLDEN = `${import.meta.dirname}/../golden/probe`
const ALIVE: Outcome = { what: 'alive' }
const SILENT: Outcome = { what: 'silent' }
const seen = (variant: Variant, silenceS: number, outcome: Outcome): Observation => ({
  variant,
  silenceMs: silenceS * 1000,
  outcome,
})
const lived = (variant: Variant, ...silences: number[]) => silences.map(s => seen(variant, s, ALIVE))
const rst = (variant: Variant, s: number) => seen(variant, s, { what: 'refused', how: 'rst' })
const ended = (variant: Variant, s: number, afterS: number, how: 'fin' | 'rst') =>
  seen(variant, s, { what: 'ended', how, afterMs: afterS * 1000 })

const report = (observations: readonly Observation[], more: Partial<Report> = {}): Report => ({
  target: 'mqtts://broker.example:8883',
  findings: findingsOf(observations, { keepaliveS: more.keepaliveS ?? 0 }),
  longestMs: 600_000,
  keepaliveS: 0,
  connections: 96,
  tookMs: 640_000,
  partial: undefined,
  skipped: [],
  ...more,
})

const REPORTS: Readonly<Record<string, Report>> = {
  'aws-nlb': report([
    ...lived('client', 305, 340, 347),
    rst('client', 352),
    ...lived('broker', 305, 340),
    rst('broker', 360),
    ...lived('tcp', 340, 360, 600),
  ]),
  'azure-lb': report([
    ...lived('client', 235, 239),
    seen('client', 245, SILENT),
    ...lived('broker', 235),
    seen('broker', 245, { what: 'silent', heals: false }),
    ...lived('tcp', 600),
  ]),
  'gcp-vpc': report(
    [...lived('client', 340, 600, 740), ...lived('broker', 590), seen('broker', 610, { what: 'silent', heals: true })],
    { longestMs: 740_000 },
  ),
  f5: report([
    ...lived('client', 290),
    ended('client', 305, 300.02, 'rst'),
    ...lived('broker', 290),
    ended('broker', 305, 300.01, 'rst'),
    ...lived('tcp', 600),
  ]),
  nginx: report([...lived('client', 55), ended('client', 65, 60.01, 'fin'), ended('tcp', 65, 60.01, 'fin')], {
    skipped: ['the broker speaking first: the broker does not let it subscribe'],
  }),
  none: report([...lived('client', 340, 600), ...lived('broker', 600), ...lived('tcp', 600)]),
  'the-broker': report([...lived('client', 1200), ended('client', 1810, 1800.4, 'fin'), ...lived('broker', 1200)], {
    keepaliveS: 1200,
    longestMs: 1_810_000,
  }),
  partial: report([...lived('client', 45), ...lived('broker', 30)], { partial: 'it was stopped' }),
  nothing: report([], { partial: 'it was stopped' }),
  contradiction: report([...lived('client', 100, 170), seen('client', 155, SILENT)]),
}

describe('the answer', () => {
  it.each(Object.entries(REPORTS))('%s', async (name, given) => {
    await expect(reportText(given)).toMatchFileSnapshot(`${GOLDEN}/${name}.txt`)
  })
})

describe('what silences say', () => {
  it('the shortest that died and the longest below it that lived bound the time-out', () => {
    const found = findingsOf([...lived('client', 2, 4, 9), seen('client', 6, SILENT), seen('client', 8, SILENT)], {
      keepaliveS: 0,
    })
    expect(found).toMatchObject({ aliveMs: 4000, deadMs: 6000, contradicts: true })
  })

  it('what ended at 1.5K is the broker, what ended before is not', () => {
    const at = (s: number, keepaliveS: number) => findingsOf([ended('client', 60, s, 'fin')], { keepaliveS }).byBroker
    expect([at(15.2, 10), at(9, 10), at(15.2, 0), at(15.2, 60)]).toEqual([true, false, false, false])
  })

  it('a DISCONNECT of the broker is its own word', () => {
    const said = seen('client', 60, { what: 'ended', how: 'fin', afterMs: 9000, saidByBroker: true })
    expect(findingsOf([said], { keepaliveS: 0 }).byBroker).toBe(true)
  })

  it('TCP keep-alive helped only where it outlived the time-out', () => {
    const helped = (...tcp: Observation[]) =>
      findingsOf([...lived('client', 2, 2.5), seen('client', 3, SILENT), ...tcp], { keepaliveS: 0 }).tcpKeepsAlive
    expect(helped(...lived('tcp', 2), seen('tcp', 4, SILENT))).toBe(false)
    expect(helped(ended('tcp', 4, 3.01, 'fin'))).toBe(false)
    expect(helped(...lived('tcp', 2, 4, 10))).toBe(true)
    expect(helped(...lived('tcp', 2))).toBeUndefined()
  })

  it('what was void says nothing', () => {
    expect(
      findingsOf([seen('client', 5, { what: 'void', why: 'the network was down' })], { keepaliveS: 0 }),
    ).toMatchObject({ aliveMs: 0, deadMs: Infinity })
  })
})

describe('the ladder', () => {
  it('ends with the longest silence, and stands on both sides of known values', () => {
    const rungs = ladder(600_000, 99)
    expect(rungs.at(-1)).toBe(600_000)
    for (const known of [60, 240, 300, 350]) {
      expect(rungs.some(ms => ms < known * 1000 && ms > known * 800)).toBe(true)
      expect(rungs.some(ms => ms > known * 1000 && ms < known * 1200)).toBe(true)
    }
  })

  it('keeps to as many as there may be', () => {
    expect(ladder(600_000, 3)).toHaveLength(3)
  })

  it('is refined to half a second where that many may be, and never outside the gap', () => {
    expect(refinement(6000, 8000, 12)).toEqual([6500, 7000, 7500])
    expect(refinement(340_000, 360_000, 3)).toEqual([345_000, 350_000, 355_000])
    expect(refinement(6000, 6400, 12)).toEqual([])
  })
})

describe('a target', () => {
  it.each([
    ['mqtt://host', { host: 'host', port: 1883, tls: false }],
    ['mqtts://me:p%40ss@host:8884', { host: 'host', port: 8884, tls: true, username: 'me', password: 'p@ss' }],
    ['mqtt://[::1]:1884', { host: '::1', port: 1884, tls: false }],
  ])('%s', (text, target) => expect(parseTarget(text)).toEqual(target))

  it.each(['host', 'http://host', 'mqtt://', 'mqtt://host/topic'])('%s is none', text => {
    expect(typeof parseTarget(text)).toBe('string')
  })

  it('is named without its password', () => {
    const target = parseTarget('mqtts://me:secret@host')
    expect(typeof target === 'string' ? target : targetName(target)).toBe('mqtts://host:8883')
  })
})
