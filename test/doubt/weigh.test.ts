import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Standstill } from '../../src/evidence/lateness.ts'
import { type Event, RUNNERS } from '../../src/model/event.ts'
import { isTooMany, tellDoubts } from './limit.ts'
import { type Claim, doubtBetween, doubtIn, inWords, NO_DOUBT, weigh } from './weigh.ts'

const CLAIM: Claim = { earliestMs: 100, latestMs: 200 }

describe('a figure and its claim', () => {
  test.each([
    [100, NO_DOUBT, 'holds'],
    [200, NO_DOUBT, 'holds'],
    [200.1, NO_DOUBT, 'fails'],
    [99.9, NO_DOUBT, 'fails'],
    [Number.NaN, { shortMs: 1e9, longMs: 1e9 }, 'fails'],
    [250, { shortMs: 0, longMs: 50 }, 'doubted'],
    [250, { shortMs: 1e9, longMs: 49 }, 'fails'],
    [60, { shortMs: 40, longMs: 0 }, 'doubted'],
    [60, { shortMs: 39, longMs: 1e9 }, 'fails'],
  ] as const)('%d ms with a doubt of %o %s', (tookMs, doubt, weighed) => {
    expect(weigh(tookMs, CLAIM, doubt)).toBe(weighed)
  })

  test('may be widened by the recorded doubt, as far as the claim says', () => {
    const wider = { ...CLAIM, spareMs: 30 }
    const doubt = { shortMs: 20, longMs: 100 }
    expect([80, 230, 231, 300, 301, 79].map(tookMs => weigh(tookMs, wider, doubt))).toEqual([
      'holds',
      'holds',
      'doubted',
      'doubted',
      'fails',
      'fails',
    ])
    expect(weigh(201, wider, NO_DOUBT)).toBe('fails')
  })

  test('without a recorded doubt none is ever doubted', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), fc.double({ noNaN: true }), (took, a, b) => {
        expect(weigh(took, { earliestMs: a, latestMs: b }, NO_DOUBT)).not.toBe('doubted')
      }),
    )
  })

  test('is told with what was claimed and what the machine explains', () => {
    expect(inWords('the end', 250, CLAIM, { shortMs: 7, longMs: 60.04 })).toBe(
      'the end: 250 ms, claimed 100 ms to 200 ms; the machine explains up to 60 ms',
    )
    expect(inWords('the end', Number.NaN, { latestMs: 5 }, NO_DOUBT)).toBe(
      'the end: never, claimed at most 5 ms; the machine explains up to 0 ms',
    )
  })
})

const stood = (of: Standstill['of'], fromMs: number, toMs: number): Standstill => ({
  of,
  fromMs,
  toMs,
  forMs: toMs - fromMs,
  how: 'busy',
})

describe('the doubt between two dates', () => {
  test('is what the parties stood still in between, together', () => {
    const all = [stood('link', 1100, 1150), stood('broker', 1400, 1500), stood('client', 1600, 1700)]
    expect(doubtBetween(all, ['link', 'broker'], 1000, 2000)).toEqual({ shortMs: 0, longMs: 150 })
  })

  test('counts a standstill of a shared thread once', () => {
    expect(doubtBetween([stood('all', 1100, 1150)], RUNNERS, 1000, 2000)).toEqual({ shortMs: 0, longMs: 50 })
  })

  test('is a shorter time where the beginning was dated late', () => {
    expect(doubtBetween([stood('link', 900, 1000)], ['link'], 1010, 2000).shortMs).toBe(100)
    expect(doubtBetween([stood('link', 900, 940)], ['link'], 1010, 2000).shortMs).toBe(0)
  })

  test('holds how late the two dates themselves may be', () => {
    const events: Event[] = [
      { atMs: 1000, lateMs: 3, who: 'harness', what: 'fault-held' },
      { atMs: 2000, lateMs: 8, who: 'harness', what: 'ended' },
    ]
    expect(doubtIn(events, 1000, 2000)).toEqual({ shortMs: 3, longMs: 8 })
    expect(doubtIn(events, 1500, 1600)).toEqual(NO_DOUBT)
  })
})

describe('the limit', () => {
  const tally = (realTime: number, doubts: number) => ({ realTime, doubted: Array(doubts).fill('a test: it was late') })

  test('is 1 in 20', () => {
    expect([tally(0, 0), tally(20, 1), tally(199, 9)].map(isTooMany)).toEqual([false, false, false])
    expect([tally(19, 1), tally(20, 2), tally(199, 10)].map(isTooMany)).toEqual([true, true, true])
  })

  test('says nothing where nothing was doubted, and names each test and the limit otherwise', () => {
    expect(tellDoubts(tally(20, 0))).toBe('')
    expect(tellDoubts(tally(20, 1)).split('\n')).toEqual([
      expect.stringMatching(/^1 of 20 real-time tests skipped by doubt: /),
      '  a test: it was late',
    ])
    expect(tellDoubts(tally(20, 2))).toMatch(/^FAIL {2}more than 1 in 20 real-time tests/m)
  })
})
