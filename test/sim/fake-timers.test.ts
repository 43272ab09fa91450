import { expect, test, vi } from 'vitest'
import { simulated } from '../../src/labs/simulated.ts'
import { startSim } from '../../src/sim/sim.ts'

test('fake timers that were there first are named, not simulated upon', async () => {
  vi.useFakeTimers()
  expect(() => startSim()).toThrow(/vi\.useRealTimers/)
  expect(await simulated.available()).toEqual({ reason: expect.stringContaining('vi.useRealTimers') })
  vi.useRealTimers()
  expect(await simulated.available()).toBe(true)
})
