import { describe, expect, test } from 'vitest'
import type { Finding } from '../../src/checks/check.ts'
import { excused } from '../../src/device/excuse.ts'
import type { Window } from '../../src/model/verdict.ts'
import { type Builder, run } from '../evidence/builder.ts'

const window = (earliestMs: number, latestMs: number): Window => ({
  earliestMs,
  latestMs,
  origin: 'scenario',
  source: 'bound of this programme',
})
const finding = (result: Finding['result'], seenMs: number | null, bounds: Window | null): Finding => ({
  result,
  reason: 'it closed after so long',
  sinceMs: 1000,
  seenMs,
  window: bounds,
})
const END_MS = 9000
const judged = (found: Finding, build: (history: Builder) => Builder) =>
  excused(found, build(run()).ended(END_MS).events, 2000, END_MS)

describe('a device that was too late', () => {
  const late = finding('fail', 5100, window(0, 4000))

  test('is excused by our standstills together, where these are as long as the excess', () => {
    const { result, reason } = judged(late, h => h.stalled(2000, 60, 'link').stalled(4000, 50, 'harness'))
    expect([result, reason]).toEqual([
      'inconclusive',
      'halfopen itself was up to 110 ms late, enough to turn this round: it closed after so long',
    ])
    expect(judged(late, h => h.stalled(2000, 60, 'link').stalled(4000, 30, 'harness'))).toBe(late)
    expect(judged(late, h => h.late(110).end(5100, 'client', 'client')).result).toBe('inconclusive')
    expect(judged(late, h => h.stalled(3000, 110)).result).toBe('inconclusive')
  })

  test('is not by standstills outside of the time that is judged, nor by those of a peer of ours', () => {
    expect(judged(late, h => h.stalled(900, 500, 'link').stalled(8000, 500, 'link'))).toBe(late)
    expect(judged(late, h => h.stalled(3000, 900, 'client').starved(4000, 'broker', 900, 1000))).toBe(late)
  })

  test('who never did is judged up to the end', () => {
    const never = finding('fail', null, window(0, 7950))
    expect(judged(never, h => h.stalled(3000, 60, 'link')).result).toBe('inconclusive')
    expect(judged(never, h => h.stalled(3000, 40, 'link'))).toBe(never)
  })
})

test('a device that was in time, or too early, is judged by its two dates only', () => {
  const inTime = finding('pass', 4950, window(1000, 4000))
  expect(judged(inTime, h => h.stalled(3000, 900, 'link'))).toBe(inTime)
  // A late anchor makes the time too short, a late end makes it too long.
  expect(judged(inTime, h => h.late(60).lostPing(1000)).result).toBe('inconclusive')
  expect(judged(inTime, h => h.late(60).end(4950, 'client', 'client'))).toBe(inTime)
  const early = finding('fail', 1950, window(1000, 4000))
  expect(judged(early, h => h.late(60).lostPing(1000)).result).toBe('inconclusive')
  expect(judged(early, h => h.late(40).lostPing(1000))).toBe(early)
  // In evidence of before, a standstill at a date is all that tells.
  expect(judged(early, h => h.stalled(1020, 60)).result).toBe('inconclusive')
})

test('a loss without a window is excused by a quarter of K, just before it', () => {
  const lost = finding('fail', 6000, null)
  expect(judged(lost, h => h.stalled(4000, 260, 'link').stalled(5000, 260, 'harness')).result).toBe('inconclusive')
  expect(judged(lost, h => h.stalled(4000, 240, 'link').stalled(5000, 240, 'harness'))).toBe(lost)
  expect(judged(lost, h => h.stalled(1900, 900, 'link'))).toBe(lost)
  expect(judged(finding('pass', 6000, null), h => h.stalled(5000, 900, 'link')).result).toBe('pass')
})

test('what says nothing, or counts from nothing, is left as it is', () => {
  const open = finding('inconclusive', 5100, window(0, 4000))
  expect(judged(open, h => h.stalled(3000, 900, 'link'))).toBe(open)
  const unanchored = { ...finding('fail', 5100, window(0, 4000)), sinceMs: null }
  expect(judged(unanchored, h => h.stalled(3000, 900, 'link'))).toBe(unanchored)
})
