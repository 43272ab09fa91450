import { expect, test } from 'vitest'
import { datesOf } from '../../src/evidence/dates.ts'
import { run } from './builder.ts'

const dates = (build: (history: ReturnType<typeof run>) => ReturnType<typeof run>) =>
  datesOf(build(run()).ended(10_000).events)

test('an event says itself how late it may be dated, whoever stood still', () => {
  const { lateMs } = dates(history => history.late(7).ping(2000).late(0).ping(4000).stalled(4030, 60, 'link'))
  expect([lateMs(2000), lateMs(4000), lateMs(3000)]).toEqual([7, 0, 0])
})

test('in evidence of before, what a standstill held up is dated late, up to 50 ms after its end', () => {
  const { lateMs } = dates(history => history.late(7).ping(2000).late(0).stalled(2000, 60).stalled(5000, 400))
  expect([1939, 1940, 2000, 2050, 2051, 4800].map(lateMs)).toEqual([0, 60, 60, 60, 0, 400])
})

test('of several parties the standstills are added, and what held for all counts once', () => {
  const { stoodStillMs } = dates(history =>
    history.stalled(1000, 100, 'client').starved(2000, 'link', 30).stalled(3000, 50, 'broker').stalled(4000, 200),
  )
  expect(stoodStillMs(['client'], 0, 10_000)).toBe(300)
  expect(stoodStillMs(['client', 'link'], 0, 10_000)).toBe(330)
  expect(stoodStillMs(['client', 'link', 'broker'], 0, 3500)).toBe(180)
  expect(stoodStillMs(['witness'], 0, 3500)).toBe(0)
})
