import { expect, test } from 'vitest'
import { clockDrift } from '../../src/faults/clock-drift.ts'
import { clockStep } from '../../src/faults/clock-step.ts'
import { capabilityFor, proves } from '../../src/faults/fault.ts'
import { sleep } from '../../src/faults/sleep.ts'

const K = 60_000

test('a step is forwards unless it has a sign, and is set back by as much', () => {
  const params = clockStep.options.parse({ peer: 'broker', by: '-30s' })
  expect(clockStep.on(params, K)).toEqual([{ to: 'broker', do: 'set-clock', byMs: -30_000, wall: true }])
  expect(clockStep.off(params, K)).toEqual([{ to: 'broker', do: 'set-clock', byMs: 30_000, wall: true }])
  expect(clockStep.options.parse({ by: '+1h', clocks: 'all' })).toMatchObject({ peer: 'client', by: 3_600_000 })
  expect(clockStep.options.parse({ by: '3600s' })).toMatchObject({ by: 3_600_000 })
})

test.each(['h', '1 K', '+1', '+1K', '', '+-1h', 3600])('%s is no step, and it says how one is written', by => {
  const found = clockStep.options.safeParse({ by })
  expect(found.success).toBe(false)
  expect(found.error?.issues[0]?.message).toContain('a step is written like +1h, -30s')
})

test('a drift moves both clocks, and ends', () => {
  const params = clockDrift.options.parse({ percent: -5 })
  expect(clockDrift.on(params, K)).toEqual([{ to: 'client', do: 'set-clock', percent: -5, wall: false }])
  expect(clockDrift.off(params, K)).toEqual([{ to: 'client', do: 'set-clock', percent: 0, wall: false }])
  expect(clockDrift.options.safeParse({ percent: 0 }).success).toBe(false)
})

test('who sleeps is stopped, and its clocks are set before it goes on', () => {
  const params = sleep.options.parse({})
  expect(sleep.on(params, K)).toEqual([{ to: 'client', do: 'freeze' }])
  expect(sleep.off(params, K)).toEqual([
    { to: 'client', do: 'set-clock', slept: true, wall: false },
    { to: 'client', do: 'thaw' },
  ])
  expect(sleep.off(sleep.options.parse({ clocks: 'running' }), K)).toEqual([{ to: 'client', do: 'thaw' }])
})

test('a clock is set where the peer can have it set, and that it was is the proof', () => {
  const order = { to: 'broker', do: 'set-clock', byMs: 1, wall: true } as const
  expect(capabilityFor(order)).toBe('broker:clock')
  expect(proves(order, { atMs: 0, who: 'broker', what: 'clock-set' })).toBe(true)
  expect(proves(order, { atMs: 0, who: 'client', what: 'clock-set' })).toBe(false)
})
