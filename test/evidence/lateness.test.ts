import { expect, test } from 'vitest'
import { latenessOf, standstillsOf, stoodStillMs } from '../../src/evidence/lateness.ts'
import type { Event } from '../../src/model/event.ts'

const stalled = (atMs: number, forMs: number, of?: 'link' | 'client'): Event => ({
  atMs,
  who: 'harness',
  what: 'stalled',
  forMs,
  ...(of ? { of } : {}),
})
const starved = (atMs: number, forMs: number, overMs: number, of: 'client' | 'broker'): Event => ({
  atMs,
  who: 'harness',
  what: 'starved',
  of,
  forMs,
  overMs,
  how: 'no-cpu',
})

test('stalls are summed, for the party that stood still', () => {
  const all = standstillsOf([stalled(1000, 100, 'client'), stalled(2000, 50, 'client'), stalled(2500, 900, 'link')])
  expect(stoodStillMs(all, 'client', 0, 5000)).toBe(150)
  expect(stoodStillMs(all, 'link', 0, 5000)).toBe(900)
  expect(stoodStillMs(all, 'broker', 0, 5000)).toBe(0)
})

test('only what lies between the two moments counts', () => {
  const all = standstillsOf([stalled(1000, 100, 'client'), starved(3000, 80, 100, 'client')])
  expect(stoodStillMs(all, 'client', 950, 2000)).toBe(50)
  expect(stoodStillMs(all, 'client', 2990, 4000)).toBe(10)
})

test('what the scheduler and the loop say of the same time counts once', () => {
  const all = standstillsOf([stalled(1000, 100, 'client'), starved(1010, 90, 110, 'client')])
  expect(stoodStillMs(all, 'client', 0, 2000)).toBe(100)
})

test('evidence of before each part had a thread of its own holds for everybody', () => {
  const all = standstillsOf([stalled(1000, 100)])
  expect(stoodStillMs(all, 'broker', 0, 2000)).toBe(100)
})

test('a moment is as uncertain as the latest dated event of that moment', () => {
  const late = latenessOf([stalled(5, 1), { ...stalled(7, 1), lateMs: 3 }, { ...stalled(7, 1), lateMs: 2 }])
  expect([late(5), late(7), late(8)]).toEqual([0, 3, 0])
})
