import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { describe, expect, onTestFinished, test } from 'vitest'
import { clock, startWatch } from './watch.ts'
import { doubtBetween } from './weigh.ts'

const pause = (ms: number) => clock.advanceTo(clock.nowMs() + ms)
const standStill = (ms: number) => {
  for (const endMs = clock.nowMs() + ms; clock.nowMs() < endMs; );
}

function watched() {
  const watch = startWatch()
  onTestFinished(() => watch.stop())
  return {
    ...watch,
    doubt: (fromMs: number) => doubtBetween(watch.standstills(), ['harness', 'client'], fromMs, clock.nowMs()),
  }
}

describe('the watch of this thread', () => {
  test('records a standstill, wherever it lies in the time', async () => {
    const watch = watched()
    await pause(20)
    const fromMs = clock.nowMs()
    await pause(20)
    standStill(120)
    await pause(20)
    const { longMs } = watch.doubt(fromMs)
    expect(longMs).toBeGreaterThanOrEqual(110)
    // No more than the time in which it can have stood still.
    expect(longMs).toBeLessThanOrEqual(clock.nowMs() - fromMs)
  })

  test('records one that has only just ended', () => {
    const watch = watched()
    const fromMs = clock.nowMs()
    standStill(80)
    expect(watch.doubt(fromMs).longMs).toBeGreaterThanOrEqual(70)
  })

  test('records nothing of what lies before', async () => {
    const watch = watched()
    standStill(100)
    await pause(100)
    const fromMs = clock.nowMs()
    standStill(30)
    expect(watch.doubt(fromMs).longMs).toBeLessThanOrEqual(clock.nowMs() - fromMs + 50)
  })
})

/** More loops than processors: none gets a whole one. */
const HOG = 'const untilMs = Date.now() + 1500; while (Date.now() < untilMs);'

test.runIf(existsSync('/proc/self/schedstat'))('the wait of another process for a processor is recorded', async () => {
  const watch = watched()
  const hogs = Array.from({ length: 2 * availableParallelism() + 1 }, () =>
    spawn(process.execPath, ['-e', HOG], { stdio: 'ignore' }),
  )
  const [first] = hogs
  watch.alsoOf(first?.pid ?? 0)
  const fromMs = clock.nowMs()
  await Promise.all(hogs.map(hog => new Promise(resolve => hog.once('exit', resolve))))
  const waited = watch.standstills().filter(({ how, toMs }) => how === 'no-cpu' && toMs > fromMs)
  expect(waited.reduce((sum, { forMs }) => sum + forMs, 0)).toBeGreaterThan(100)
})
