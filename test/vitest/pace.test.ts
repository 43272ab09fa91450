import { expect, test } from 'vitest'
import { virtualClock } from '../../src/clock/virtual.ts'
import { pace } from '../../src/vitest/pace.ts'

function world(cores = 4) {
  const clock = virtualClock()
  const speed = pace(clock, cores)
  const stop = new AbortController()
  const begun: { readonly atMs: number; readonly connected: () => void }[] = []
  const ask = (lengthMs?: number) =>
    void speed.begin(stop.signal, lengthMs).then(connected => begun.push({ atMs: clock.nowMs(), connected }))
  return { clock, speed, stop, begun, ask, times: () => begun.map(({ atMs }) => atMs) }
}

test('on a calm machine as many connect at once as its processors bear, and the next as one is connected', async () => {
  const { clock, ask, begun } = world(4)
  for (let i = 0; i < 6; i++) ask()
  await clock.advanceTo(0)
  expect(begun).toHaveLength(4)
  begun[0]?.connected()
  begun[0]?.connected()
  await clock.advanceTo(1)
  expect(begun).toHaveLength(5)
})

test('after a standstill nobody begins until the machine is calm', async () => {
  const { clock, speed, ask, times } = world()
  ask()
  await clock.advanceTo(0)
  speed.restless()
  ask()
  await clock.advanceTo(99)
  expect(times()).toEqual([0])
  await clock.advanceTo(100)
  expect(times()).toEqual([0, 100])
})

test('on a machine that does not get calm they begin one after the other, so that a suite takes longer and ends', async () => {
  const { clock, speed, ask, begun, times } = world()
  speed.restless()
  for (let i = 0; i < 3; i++) ask()
  for (let atMs = 0; atMs <= 1000; atMs += 20) {
    speed.restless()
    await clock.advanceTo(atMs)
    for (const { connected } of begun) connected()
  }
  expect(times()).toHaveLength(3)
  const gaps = times()
    .slice(1)
    .map((atMs, i) => atMs - (times()[i] ?? 0))
  expect(gaps.every(gapMs => gapMs >= 250 && gapMs <= 300)).toBe(true)
})

test('once it is stopped nobody waits', async () => {
  const { clock, speed, stop, ask, begun } = world()
  for (let i = 0; i < 9; i++) ask()
  speed.restless()
  stop.abort()
  await clock.advanceTo(0)
  expect(begun).toHaveLength(9)
})
