import { describe, expect, it } from 'vitest'
import { type Findings, findingsOf } from '../../../src/commands/probe/findings.ts'
import type { Life, Observation, ProbeOutcome, Variant } from '../../../src/commands/probe/observation.ts'
import { isNeedless } from '../../../src/commands/probe/probe.ts'
import { type Report, reportText } from '../../../src/commands/probe/probe-text.ts'
import { hintFor, reportJson } from '../../../src/commands/probe/run.ts'
import { ladder, oneWayLadder, refinement } from '../../../src/commands/probe/rung.ts'
import { parseTarget, targetName } from '../../../src/commands/probe/target.ts'

const GOLDEN = `${import.meta.dirname}/../../golden/probe`
const ALIVE: ProbeOutcome = { what: 'alive' }
const SILENT: ProbeOutcome = { what: 'silent' }
const seen = (variant: Variant, silenceS: number, outcome: ProbeOutcome): Observation => ({
  variant,
  silenceMs: silenceS * 1000,
  outcome,
})
const lived = (variant: Variant, ...silences: number[]) => silences.map(s => seen(variant, s, ALIVE))
const rst = (variant: Variant, s: number) => seen(variant, s, { what: 'refused', how: 'rst' })
const ended = (variant: Variant, s: number, afterS: number, how: 'fin' | 'rst') =>
  seen(variant, s, { what: 'ended', how, afterMs: afterS * 1000 })

/** As HAProxy set to 4 s does behind a broker that answered 70 ms late. */
const LATE: Observation = seen('client', 12, { what: 'ended', how: 'fin', afterMs: 3930, atMostMs: 4010 })

const report = (observations: readonly Observation[], more: Partial<Report> = {}): Report => ({
  target: 'mqtts://broker.example:8883',
  findings: findingsOf(observations, { keepaliveS: more.keepaliveS ?? 0 }),
  observations,
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

describe('what busy connections say', () => {
  const cut = (...more: Observation[]) => [...lived('client', 2, 4, 6), ended('client', 8, 7.01, 'fin'), ...more]
  const life = (s: number, how: Life['how']): Life => ({ ageMs: s * 1000, how })
  const found = (observations: readonly Observation[], ...lives: Life[]) =>
    findingsOf(observations, { keepaliveS: 0 }, lives)

  it('a busy connection that ends at the same age each time has no idle time-out to blame', () => {
    const { maxAge } = found(cut(), life(7.04, 'fin'), life(7.02, 'fin'), life(3, 'open'))
    expect(maxAge).toEqual({ ageMs: 7040, times: 2, how: 'fin' })
    const text = reportText(report(cut(), { findings: found(cut(), life(7.04, 'fin'), life(7.02, 'fin')) }))
    expect(text).toContain('Maximum age: each connection is ended at an age of 7.04 s, with FIN, however busy it is')
    expect(text).not.toContain('Idle time-out')
    expect(text).not.toContain('safe keep-alive')
  })

  it('one that outlived that age speaks against a maximum age, and so does none that ended', () => {
    expect(found(cut(), life(7.04, 'fin'), life(15, 'open')).maxAge).toBeUndefined()
    expect(found(cut(), life(20, 'open')).maxAge).toBeUndefined()
    expect(found(cut(), life(2, 'fin'), life(18, 'open')).maxAge).toBeUndefined()
  })

  it('seen once it may have been a restart, and the text says so', () => {
    const findings = found(cut(), life(7.04, 'fin'), life(2, 'open'))
    expect(reportText(report(cut(), { findings }))).toContain('a restart of the broker or of a box')
  })

  it('names the presets that end connections at that age', () => {
    const observations = [...lived('client', 20), ended('client', 37, 30, 'fin')]
    const findings = found(observations, life(30, 'fin'), life(30, 'fin'))
    expect(reportText(report(observations, { findings }))).toContain('As k8s-ingress-gce')
  })

  it.each([
    ['both', ALIVE, ALIVE],
    ['out', ALIVE, SILENT],
    ['in', SILENT, ALIVE],
    ['each', SILENT, SILENT],
  ] as const)('a rule per direction: %s', (refreshedBy, up, down) => {
    const { refreshedBy: seenAs } = found(cut(seen('up', 12, up), seen('down', 12, down)))
    expect(seenAs).toBe(refreshedBy)
  })

  it('a connection that was not let publish says nothing of a direction', () => {
    const early = seen('up', 12, { what: 'ended', how: 'fin', afterMs: 600 })
    expect(found(cut(early, seen('down', 12, ALIVE))).refreshedBy).toBeUndefined()
  })

  it('connections that die after different silences are a pool of boxes', () => {
    const observations = [...lived('client', 3, 5, 6), seen('client', 4, SILENT)]
    expect(found(observations).pool).toEqual({ fromMs: 4000, toMs: 6000 })
    expect(reportText(report(observations))).toContain('A pool of boxes answers')
    expect(found([ended('client', 8, 4, 'fin'), ended('client', 9, 4.1, 'fin')]).pool).toBeUndefined()
    expect(found([ended('client', 8, 4, 'fin'), ended('client', 9, 6, 'fin')]).pool).toEqual({
      fromMs: 4000,
      toMs: 6000,
    })
  })

  it('as JSON says the verdict, and a safe keep-alive only where one is', () => {
    const json = (findings: Findings) => JSON.parse(reportJson(report([], { findings })))
    expect(json(found(cut()))).toMatchObject({
      halfopen: 1,
      verdict: 'idle-timeout',
      safe_keepalive_s: 4,
      max_age_ms: null,
    })
    expect(json(found(cut(), life(7, 'fin'), life(7, 'fin')))).toMatchObject({
      verdict: 'max-age',
      safe_keepalive_s: null,
      max_age_ms: 7000,
    })
    expect(json(found(lived('client', 9)))).toMatchObject({ verdict: 'none', dead_ms: null, safe_keepalive_s: 6 })
    expect(json(found([]))).toMatchObject({ verdict: 'unknown', alive_ms: 0 })
  })
})

describe('what waits is called off', () => {
  const at = (variant: Variant, silenceMs: number) => ({ variant, silenceMs })
  it('where it is silent for much longer, and where another busy one tells the same sooner', () => {
    expect(isNeedless(at('client', 20_000), at('client', 7000), [])).toBe(true)
    expect(isNeedless(at('client', 12_000), at('client', 7000), [])).toBe(false)
    expect(isNeedless(at('broker', 20_000), at('client', 7000), [])).toBe(false)
    expect(isNeedless(at('up', 20_000), at('client', 7000), [at('up', 20_000)])).toBe(false)
    expect(isNeedless(at('up', 20_000), at('client', 7000), [at('up', 11_000)])).toBe(true)
  })

  it('of each time-out one busy connection lasts long enough', () => {
    const busy = oneWayLadder(600_000, 6)
    for (let s = 30; s <= 500; s += 7) {
      const left = busy.filter(
        ms =>
          !isNeedless(
            at('up', ms),
            at('client', s * 1000),
            busy.map(each => at('up', each)),
          ),
      )
      expect(left.some(ms => ms > 1.15 * s * 1000)).toBe(true)
    }
  })
})

describe('a refusal says what to do', () => {
  it.each([
    ['connect ECONNREFUSED 127.0.0.1:1', /nothing listens/],
    ['getaddrinfo ENOTFOUND nowhere.example', /unknown to DNS/],
    ['no connection within 10 s', /firewall/],
    ['self-signed certificate', /--insecure/],
    ['it answers HTTP 404 Not Found instead of opening a WebSocket', /another path/],
    ['it answers HTTP 502 Bad Gateway instead of opening a WebSocket', /can not reach its broker/],
    ['mqtt://b:1883 refuses: CONNACK 5', /MQTT_USERNAME/],
    ['mqtt://b:8883 refuses: it closes the connection instead of sending CONNACK', /mqtts/],
  ])('%s', (message, hint) => expect(hintFor(message)).toMatch(hint))
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
    ['ws://host/mqtt', { host: 'host', port: 80, tls: false, web: { path: '/mqtt', authority: 'host:80' } }],
    ['wss://host:8084', { host: 'host', port: 8084, tls: true, web: { path: '/', authority: 'host:8084' } }],
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

it('the bounds of a time-out hold what the box is set to, though it counts from an earlier packet', () => {
  const found = report([...lived('client', 1, 2), LATE])
  expect(found.findings).toMatchObject({ aliveMs: 3930, deadMs: 4010, contradicts: false })
  expect(reportText(found)).toContain('Idle time-out T: between 3.93 s and 4.01 s. At expiry: FIN')
  expect(reportText(found)).toContain('died at 3.93 s: FIN at that moment')
})
