import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Finding } from '../../src/judge/checks/check.ts'
import { checks } from '../../src/judge/checks/index.ts'
import { willsPublished } from '../../src/judge/checks/wills-published.ts'
import { crowdOf } from '../../src/judge/crowd.ts'
import { stormOf, willFlood } from '../../src/judge/crowd-figures.ts'
import { judge } from '../../src/judge/judge.ts'
import { uncertaintyOf, weighed } from '../../src/judge/uncertainty.ts'
import { CROWD_COUNTS, type CrowdCounts } from '../../src/model/crowd-counts.ts'
import { CrowdTally } from '../../src/model/crowd-tally.ts'
import type { Event } from '../../src/model/event.ts'
import { header } from '../evidence/builder.ts'

const STEP_MS = 100
const steps = fc.array(fc.nat(9), { maxLength: 20 })
const part: fc.Arbitrary<CrowdCounts & { atMs: number }> = fc.record({
  devices: fc.nat(9),
  stepMs: fc.constant(STEP_MS),
  atMs: fc.integer({ min: -5, max: 5 }).map(n => n * STEP_MS),
  counts: fc.record(Object.fromEntries(CROWD_COUNTS.map(what => [what, steps])), { requiredKeys: [] }),
  clientNoticed: fc
    .array(fc.nat(99), { maxLength: 9 })
    .map(all => all.toSorted((a, b) => a - b).flatMap(ms => [ms * 10, 1])),
})

const evidenceOf = (
  parts: readonly (CrowdCounts & { atMs: number })[],
  expect: readonly (string | Record<string, object>)[] = [],
  marks: readonly Event[] = [],
) => ({
  header: header({ expect }),
  events: [
    ...marks,
    ...parts.map(({ atMs, ...crowd }): Event => ({ atMs, who: 'harness', what: 'crowd', crowd })),
    { atMs: 10_000, who: 'harness', what: 'ended' } as const,
  ],
})

test('the counts of several processes add up, in whatever order they come', () => {
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), parts => {
      const all = crowdOf(evidenceOf(parts))
      expect(crowdOf(evidenceOf(parts.toReversed()))).toEqual(all)
      for (const what of CROWD_COUNTS) {
        const each = parts.flatMap(({ counts }) => counts[what] ?? []).reduce((a, b) => a + b, 0)
        expect(all.counts[what].reduce((a, b) => a + b, 0)).toBe(each)
      }
      expect(all.clientNoticed?.count ?? 0).toBe(
        parts.reduce((n, { clientNoticed = [] }) => n + clientNoticed.length / 2, 0),
      )
    }),
  )
})

const MARKS: readonly Event[] = [
  { atMs: 1000, who: 'harness', what: 'fault-held', fault: 'blackhole#0' },
  { atMs: 3000, who: 'harness', what: 'fault-lifted', fault: 'blackhole#0' },
]

/** A hundred, lost within half a second from 1 s on, back in batches of ten a step from `backMs` on. */
function lostAndBack(backMs: number, batch = 10): CrowdCounts & { atMs: number } {
  const at = (steps: Readonly<Record<number, number>>) => Array.from({ length: 100 }, (_, i) => steps[i * STEP_MS] ?? 0)
  const waves = Object.fromEntries(Array.from({ length: 100 / batch }, (_, i) => [backMs + i * STEP_MS, batch]))
  const lost = { 1100: 50, 1500: 50 }
  return {
    atMs: 0,
    devices: 100,
    stepMs: STEP_MS,
    counts: {
      accepted: at({ 0: 100, ...waves }),
      connects: at({ 0: 100, ...waves }),
      lost: at(lost),
      dropped: at(lost),
      wills: at(lost),
    },
  }
}

describe('the storm of a crowd', () => {
  const storm = (part: CrowdCounts & { atMs: number }) => stormOf(crowdOf(evidenceOf([part])), MARKS)

  test('is its busiest second, and when half and all are back', () => {
    expect(storm(lostAndBack(4000))).toMatchObject({
      before: 100,
      fewest: 0,
      openMs: 3000,
      peak: 100,
      halfMs: 4500,
      allMs: 5000,
      missing: 0,
    })
    expect(storm(lostAndBack(4000, 5))).toMatchObject({ peak: 50, halfMs: 5000, allMs: 6000 })
    expect(storm(lostAndBack(9500))).toMatchObject({ allMs: undefined, halfMs: 10_000, missing: 50 })
  })

  test('answers each will that was due with the next that is seen', () => {
    const flood = (wills: readonly number[]) => {
      const { counts, ...rest } = lostAndBack(4000)
      return willFlood(crowdOf(evidenceOf([{ ...rest, counts: { ...counts, wills } }])))
    }
    const late = Array.from({ length: 100 }, (_, i) => (i === 20 ? 100 : 0))
    expect(flood(late)).toEqual({ due: 100, maybe: 0, seen: 100, lagMs: 1000, missingSinceMs: undefined })
    expect(flood(late.map(n => (n > 0 ? 99 : 0)))).toMatchObject({ seen: 99, lagMs: undefined, missingSinceMs: 1600 })
  })
})

const momentsMs = fc.array(fc.nat(9000), { minLength: 1, maxLength: 40 })

test('what is told in steps holds what happened between them', () => {
  fc.assert(
    fc.property(momentsMs, momentsMs, (connectsMs, delaysMs) => {
      const tally = new CrowdTally(0)
      const endsMs = delaysMs.map(ms => Math.floor(ms / 2)).toSorted((a, b) => a - b)
      const willsMs = endsMs.map((ms, i) => ms + (delaysMs[i] ?? 0) / 3).toSorted((a, b) => a - b)
      for (const ms of connectsMs) tally.count('connects', ms)
      for (const ms of endsMs) tally.count('dropped', ms)
      for (const ms of willsMs) tally.count('wills', ms)
      const crowd = crowdOf(evidenceOf([{ atMs: 0, ...tally.figures(1) }]))
      const within = (ms: number) => connectsMs.filter(other => other >= ms && other < ms + 1000).length
      const busiest = Math.max(...connectsMs.map(within))
      const { peak = 0, peakMost = 0 } = stormOf(crowd, [{ atMs: 0, what: 'fault-held' }]) ?? {}
      expect([peak <= busiest, busiest <= peakMost]).toEqual([true, true])
      const slowestMs = Math.max(...endsMs.map((ms, i) => (willsMs[i] ?? 0) - ms))
      const { lagMs = 0 } = willFlood(crowd)
      expect([lagMs - 2 * STEP_MS <= slowestMs, slowestMs <= lagMs]).toEqual([true, true])
    }),
  )
})

describe('the checks of a crowd', () => {
  const outcome = (check: string, params: object, part: CrowdCounts & { atMs: number }) => {
    const { header: own, events } = evidenceOf([part], [{ [check]: params }], MARKS)
    return checks.get(check)?.judge(
      checks.get(check)?.options.parse(params),
      {
        crowd: () => crowdOf({ header: own, events }),
        marks: MARKS,
        endMs: 10_000,
        keepaliveMs: 2000,
        protocol: 4,
        scenario: own.scenario,
      } as never,
      {} as never,
    )
  }

  test('storm holds its peak and its time, each by itself', () => {
    expect(outcome('storm', {}, lostAndBack(4000))).toMatchObject({ result: 'pass' })
    expect(outcome('storm', { peak: 100, 'back-within': '2s' }, lostAndBack(4000))).toMatchObject({ result: 'pass' })
    expect(outcome('storm', { peak: 99 }, lostAndBack(4000))).toMatchObject({
      result: 'fail',
      reason: expect.stringContaining('100 CONNECT in one second, 99 are allowed'),
    })
    expect(outcome('storm', { 'back-within': '1900ms' }, lostAndBack(4000))).toMatchObject({ result: 'fail' })
    expect(outcome('storm', { 'back-within': '6s' }, lostAndBack(9500))).toMatchObject({
      result: 'fail',
      reason: expect.stringContaining('50 of 100 clients are not back'),
    })
    expect(outcome('storm', { 'back-within': '20s' }, lostAndBack(9500))).toMatchObject({ result: 'inconclusive' })
  })

  test('a limit that lies within a step is not decided', () => {
    const doubted = { result: 'inconclusive', blame: 'harness' }
    const back = lostAndBack(4000)
    expect(outcome('storm', { 'back-within': '2s' }, back)).toMatchObject({ result: 'pass', minusMs: STEP_MS })
    const barely = outcome('storm', { 'back-within': '1950ms' }, back) as Finding
    const weighing = { keepaliveMs: 2000, endMs: 10_000 }
    expect(weighed(barely, uncertaintyOf([]), weighing)).toMatchObject({ ...doubted, minusMs: STEP_MS })
    const later = outcome('storm', { 'back-within': '1800ms' }, back) as Finding
    expect(weighed(later, uncertaintyOf([]), weighing)).toMatchObject({ result: 'fail', minusMs: STEP_MS })
    // Eleven steps of five: a second that begins inside of one may hold more than fifty.
    const slow = lostAndBack(4000, 5)
    expect(outcome('storm', { peak: 49 }, slow)).toMatchObject({ result: 'fail' })
    expect(outcome('storm', { peak: 52 }, slow)).toMatchObject(doubted)
    expect(outcome('storm', { peak: 55 }, slow)).toMatchObject({ result: 'pass' })
    const wills = Array.from({ length: 100 }, (_, i) => (i === 20 ? 100 : 0))
    const late = { ...back, counts: { ...back.counts, wills } }
    expect(outcome('wills-published', { within: '1s' }, late)).toMatchObject({ result: 'pass' })
    expect(outcome('wills-published', { within: '900ms' }, late)).toMatchObject(doubted)
    expect(outcome('wills-published', { within: '800ms' }, late)).toMatchObject({ result: 'fail' })
  })

  test('wills-published misses one that does not come, and one too many', () => {
    const part = lostAndBack(4000)
    const with_ = (wills: readonly number[]) => ({ ...part, counts: { ...part.counts, wills } })
    expect(outcome('wills-published', {}, part)).toMatchObject({ result: 'pass' })
    expect(outcome('wills-published', {}, with_([...(part.counts.wills ?? []).slice(0, 99), 1]))).toMatchObject({
      result: 'fail',
      reason: expect.stringContaining('1 client had not been lost'),
    })
    expect(outcome('wills-published', {}, with_((part.counts.wills ?? []).map(n => Math.max(0, n - 1))))).toMatchObject(
      { result: 'fail' },
    )
  })

  test('wills-published allows one for a client that left before it was answered, and demands none', () => {
    const part = lostAndBack(4000)
    const unanswered = Array.from({ length: 100 }, (_, i) => (i === 60 ? 2 : 0))
    const wills = (more: number) => (part.counts.wills ?? []).map((n, i) => (i === 61 ? n + more : n))
    const of = (more: number) =>
      outcome('wills-published', {}, { ...part, counts: { ...part.counts, unanswered, wills: wills(more) } })
    expect([0, 1, 2, 3].map(more => of(more)?.result)).toEqual(['pass', 'pass', 'pass', 'fail'])
  })

  test('wills-published asks none of a broker that was killed', () => {
    const part = lostAndBack(4000)
    const { header: own, events } = evidenceOf(
      [part],
      ['wills-published'],
      [...MARKS, { atMs: 1000, who: 'broker', what: 'killed' }],
    )
    expect(judge({ header: own, events }, checks).result).toBe('inconclusive')
    const found = willsPublished.judge(
      {},
      {
        crowd: () => crowdOf({ header: own, events }),
        marks: events,
        endMs: 10_000,
        keepaliveMs: 2000,
        protocol: 4,
        scenario: own.scenario,
      } as never,
      {} as never,
    )
    expect(found).toMatchObject({
      result: 'inconclusive',
      reason: expect.stringContaining('was killed by the scenario'),
    })
  })

  test('nothing is said of a run without a verdict of its own', () => {
    const nothing = { ...evidenceOf([], ['storm', 'wills-published']) }
    expect(judge(nothing, checks).result).toBe('inconclusive')
  })
})
