import { describe, expect, test } from 'vitest'
import { checks } from '../../src/judge/checks/index.ts'
import { judge } from '../../src/judge/judge.ts'
import type { Evidence } from '../../src/model/evidence.ts'
import { publishing, receiving, run } from '../evidence/builder.ts'

/** For every check a run that it must fail: a check that can't fail proves nothing. */
const MUST_FAIL: Readonly<Record<string, () => Evidence>> = {
  'pings-on-time': () =>
    run({ expect: ['pings-on-time'] })
      .connect(0)
      .ended(9000),
  'broker-drops-client': () => halfOpen('broker-drops-client').ended(12_000),
  'client-gives-up': () => halfOpen('client-gives-up').ended(12_000),
  'will-published': () => halfOpen('will-published').end(5000, 'broker', 'broker').ended(12_000),
  'stays-connected': () => halfOpen('stays-connected').end(5000, 'client', 'client').ended(12_000),
  reconnects: () => halfOpen('reconnects').end(5000, 'client', 'client').lifted('blackhole#0', 6000).ended(12_000),
  'messages-kept': () =>
    run({ expect: ['messages-kept'], traffic: publishing(1) })
      .connect(0)
      .message(1, 500, 510)
      .message(2, 1000)
      .ended(9000),
  // The broker keeps its half-open connection beside the new one.
  'taken-over': () => backAgain('taken-over').ended(12_000),
  queued: () => backAgain('queued').published(1, 3500).ended(12_000),
  'share-kept': () => {
    const share = { receiving: { qos: 1, every: { ms: 500, k: 0 }, share: true } } as const
    const seen = run({ expect: ['share-kept'], traffic: share })
      .connect(0)
      .ping(2000)
    for (const [seq, who] of [
      [1, 'client'],
      [2, 'witness'],
    ] as const)
      seen.published(seq, 500).add(510, { who, what: 'received', flow: 'down', seq, device: 1 })
    seen.fault('blackhole', 3000).published(3, 3500).packet(3500, 'broker', 'down', 'publish', { qos: 1 })
    return seen.end(6000, 'broker', 'broker').ended(12_000)
  },
  flaps: () => halfOpen('flaps').end(5000, 'client', 'client').ended(12_000),
  'application-told': () =>
    run({ expect: [{ 'application-told': { code: 16 } }] })
      .connect(0)
      .client(0, 'connected')
      .ping(2000)
      .fault('blackhole', 3000)
      .ended(12_000),
  'handshake-gives-up': () => badHandshake('handshake-gives-up', 'stall').ended(70_000),
  storm: () => halfOpen('storm').lifted('blackhole#0', 5000).end(6000, 'client', 'client').ended(30_000),
  'wills-published': () => halfOpen('wills-published').end(9000, 'broker', 'broker').ended(30_000),
  'refuses-certificate': () => badHandshake('refuses-certificate', 'expired').up(4050, 'connect').ended(9000),
}

const backAgain = (check: string) =>
  run({ expect: [check], keepaliveS: 10, traffic: receiving(1) })
    .connect(0, {}, { clean: false })
    .ping(2000)
    .fault('reset', 3000)
    .end(3000, 'client', 'fault', 'rst')
    .on(2)
    .connect(5000, { sessionPresent: true }, { clean: false })

const badHandshake = (check: string, how: string) =>
  run({ expect: [check] })
    .connect(0)
    .ping(2000)
    .fault('tls-handshake', 3000, { options: { how } })
    .end(3500, 'client', 'fault', 'rst')
    .on(2)
    .opens(4000)

const halfOpen = (check: string) =>
  run({ expect: [check] })
    .connect(0)
    .ping(2000)
    .fault('blackhole', 3000)

describe('every check can fail', () => {
  test.each([...checks.keys()])('%s', name => {
    const evidence = MUST_FAIL[name]?.()
    expect(evidence, 'each check needs a run that it must fail').toBeDefined()
    if (evidence) expect(judge(evidence, checks).result).toBe('fail')
  })

  test('and there is no canary for a check that is gone', () =>
    expect(Object.keys(MUST_FAIL).filter(name => !checks.has(name))).toEqual([]))
})

describe('no check passes on what it has not seen', () => {
  test.each([...checks.keys()])('%s, of a run in which nothing ever happened', name =>
    expect(judge(run({ expect: [name] }).ended(12_000), checks).result).toBe('inconclusive'),
  )

  test.each([...checks.keys()])('%s, of a run in which the harness had trouble', name =>
    expect(judge(halfOpen(name).trouble(4000, 'link crashed').ended(12_000), checks).result).toBe('inconclusive'),
  )
})
