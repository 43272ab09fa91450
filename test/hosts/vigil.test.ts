import { expect, onTestFinished, test, vi } from 'vitest'
import { vigil } from '../../src/hosts/vigil.ts'

const TICK_MS = 5000

function watched() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'hrtime'] })
  onTestFinished(() => void vi.useRealTimers())
  const told = { asked: 0, lostMs: [] as number[] }
  const watch = vigil(
    () => void told.asked++,
    silentMs => void told.lostMs.push(silentMs),
  )
  return { told, watch }
}

test('a process that says nothing for half a minute is lost, once', () => {
  const { told, watch } = watched()
  watch.begin()
  watch.heard()
  vi.advanceTimersByTime(6 * TICK_MS)
  expect(told).toEqual({ asked: 6, lostMs: [] })
  vi.advanceTimersByTime(100 * TICK_MS)
  expect(told.lostMs).toEqual([30_000])
})

test('one that starts has two minutes, and one that speaks is never lost', () => {
  const { told, watch } = watched()
  watch.begin()
  vi.advanceTimersByTime(24 * TICK_MS)
  expect(told.lostMs).toEqual([])
  for (let i = 0; i < 100; i++) {
    watch.heard()
    vi.advanceTimersByTime(5 * TICK_MS)
  }
  expect(told.lostMs).toEqual([])
})

test('of whom nothing is asked nothing is expected', () => {
  const { told, watch } = watched()
  watch.begin()
  watch.end()
  vi.advanceTimersByTime(1000 * TICK_MS)
  expect(told).toEqual({ asked: 0, lostMs: [] })
})
