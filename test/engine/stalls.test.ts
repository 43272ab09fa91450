import { expect, it } from 'vitest'
import { realClock } from '../../src/clock/real.ts'
import { stallWatch } from '../../src/engine/stalls.ts'
import type { EventBody } from '../../src/model/event.ts'

const clock = realClock()
const pause = (ms: number) => clock.advanceTo(clock.nowMs() + ms)
const standStill = (ms: number) => {
  for (const endMs = clock.nowMs() + ms; clock.nowMs() < endMs; );
}

it('tells every run of a stall of the event loop, with its length, and no run afterwards', async () => {
  const { watch } = stallWatch()
  const told: EventBody[] = []
  const forgets = [watch(event => told.push(event)), watch(event => told.push(event))]
  await pause(50)
  told.length = 0
  standStill(120)
  await pause(20)
  expect(told).toHaveLength(2)
  const [stall] = told
  expect(stall?.what === 'stalled' && stall.forMs).toBeGreaterThanOrEqual(119)
  expect(stall?.what === 'stalled' && stall.forMs).toBeLessThan(160)
  for (const forget of forgets) forget()
  standStill(120)
  await pause(20)
  expect(told).toHaveLength(2)
})

it('calls the loop calm only once it has run freely for a while', async () => {
  const { watch, calm } = stallWatch()
  const forget = watch(() => {})
  const startMs = clock.nowMs()
  const isCalm = calm().then(() => clock.nowMs())
  await pause(30)
  standStill(100)
  const stoodUntilMs = clock.nowMs()
  expect(await isCalm).toBeGreaterThanOrEqual(stoodUntilMs + 90)
  expect((await isCalm) - startMs).toBeLessThan(3500)
  forget()
})
