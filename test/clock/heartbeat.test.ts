import { expect, test } from 'vitest'
import { heartbeat, type Standing } from '../../src/clock/heartbeat.ts'
import { monotonicMs, realClock } from '../../src/clock/real.ts'

const clock = realClock()
const pause = (ms: number) => clock.advanceTo(clock.nowMs() + ms)
const standStill = (ms: number) => {
  for (const endMs = clock.nowMs() + ms; clock.nowMs() < endMs; );
}

test('a standstill of the loop is told with its end and at least its length, and nothing once it is called off', async () => {
  const told: Standing[] = []
  const stop = heartbeat(standing => told.push(standing))
  await pause(50)
  const fromMs = monotonicMs()
  standStill(120)
  const untilMs = monotonicMs()
  await pause(50)
  const own = told.filter(
    each => each.what === 'stalled' && each.untilMs - each.forMs <= fromMs && each.untilMs >= untilMs,
  )
  expect(own).toHaveLength(1)
  expect(own[0]?.forMs).toBeGreaterThanOrEqual(120)
  stop()
  const before = told.length
  standStill(120)
  await pause(50)
  expect(told).toHaveLength(before)
})
