import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Calendar, type ClockLook } from '../../../../src/link/kinds/firewall/frames.ts'

/** A machine of which the calendar's clock is set by so much at some moments. In milliseconds of the monotonic clock. */
interface Machine {
  readonly steps: readonly { readonly atMs: number; readonly byMs: number }[]
}

const EPOCH_MS = 1.8e12
const wallAt = ({ steps }: Machine, ms: number): number =>
  steps.filter(({ atMs }) => atMs <= ms).reduce((sum, { byMs }) => sum + byMs, EPOCH_MS + ms)
const lookAt = (machine: Machine, ms: number): ClockLook => ({
  beforeMs: ms - 0.02,
  wallMs: wallAt(machine, ms),
  afterMs: ms,
})

/** As the watcher does: it looks every 250 ms while no packet waits; a packet is read `waitedMs` after it came, in its turn. */
function watched(machine: Machine, packets: readonly { readonly atMs: number; readonly waitedMs: number }[]) {
  const calendar = new Calendar()
  let nowMs = 0
  calendar.look(lookAt(machine, nowMs))
  return packets
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ atMs, waitedMs }) => {
      for (; nowMs + 250 < atMs; nowMs += 250) calendar.look(lookAt(machine, nowMs + 250))
      nowMs = Math.max(nowMs, atMs + waitedMs)
      return { trueMs: atMs, readMs: nowMs, ...calendar.dated(wallAt(machine, atMs), lookAt(machine, nowMs)) }
    })
}

describe('a packet that the kernel dated on the clock of the calendar', () => {
  test('has an exact date while nobody sets that clock', () => {
    const [one] = watched({ steps: [] }, [{ atMs: 1000, waitedMs: 3 }])
    expect(one?.seenMs).toBeCloseTo(1000, 2)
    expect(one?.lateMs).toBeCloseTo(0.02, 2)
  })

  test.each([10_000, -10_000, 60, -60, 3.6e6])(
    'is dated no better than it is known where it was set by %d ms',
    byMs => {
      const found = watched({ steps: [{ atMs: 5100, byMs }] }, [
        { atMs: 5090, waitedMs: 30 },
        { atMs: 5105, waitedMs: 30 },
        { atMs: 90_000, waitedMs: 0 },
      ])
      for (const { seenMs, lateMs, trueMs, trouble } of found) {
        expect(trouble).toBeUndefined()
        expect(seenMs - lateMs).toBeLessThanOrEqual(trueMs + 0.1)
        expect(seenMs).toBeGreaterThanOrEqual(trueMs - 0.1)
      }
      expect(found[0]?.lateMs).toBeGreaterThan(30)
      if (byMs > -60_000) expect(found[2]?.lateMs).toBeLessThan(0.1)
    },
  )

  test('lies in its interval, however the clock is set and however late it is read', () => {
    // All one way: two that make up for each other between two looks are seen by no look.
    const steps = fc
      .tuple(
        fc.constantFrom(-1, 1),
        fc.array(fc.record({ atMs: fc.integer({ min: 1, max: 20_000 }), byMs: fc.integer({ min: 1, max: 20_000 }) }), {
          maxLength: 4,
        }),
      )
      .map(([sign, all]) => all.map(({ atMs, byMs }) => ({ atMs, byMs: sign * byMs })))
    const packets = fc.array(
      fc.record({ atMs: fc.integer({ min: 1, max: 20_000 }), waitedMs: fc.integer({ min: 0, max: 200 }) }),
      { minLength: 1, maxLength: 40 },
    )
    fc.assert(
      fc.property(steps, packets, (steps, packets) => {
        for (const { seenMs, lateMs, trueMs, readMs, trouble } of watched({ steps }, packets)) {
          // The clock may move by less than is noticed: 1 ms for each look.
          if (trouble === undefined) expect(seenMs).toBeGreaterThanOrEqual(trueMs - 5)
          if (trouble === undefined) expect(seenMs - lateMs).toBeLessThanOrEqual(trueMs + 5)
          expect(seenMs).toBeLessThanOrEqual(readMs)
        }
      }),
      { numRuns: process.env.HALFOPEN_SLOW ? 20_000 : 500 },
    )
  })

  test.each([-60_000, -3000, -400, 400, 3000, 60_000])(
    'is no evidence where it was set by %d ms and back again between two looks, which no look sees',
    byMs => {
      const steps = [
        { atMs: 5100, byMs },
        { atMs: 5200, byMs: -byMs },
      ]
      const [before, within, after] = watched({ steps }, [
        { atMs: 4000, waitedMs: 0 },
        { atMs: 5150, waitedMs: 51 },
        { atMs: 5300, waitedMs: 0 },
      ])
      expect([before?.trouble, after?.trouble]).toEqual([undefined, undefined])
      expect(within?.trouble).toMatch(/^the kernel dated a packet .* the clock of the calendar was set meanwhile/)
      expect((within?.seenMs ?? 0) - (within?.lateMs ?? 0)).toBeLessThanOrEqual(5150)
      expect(within?.seenMs).toBeGreaterThanOrEqual(5150)
    },
  )

  test('never lies before a moment at which nothing had come, or after it was read, whatever is done to that clock', () => {
    const anyStep = fc.record({
      atMs: fc.integer({ min: 1, max: 20_000 }),
      byMs: fc.integer({ min: -9000, max: 9000 }),
    })
    const packets = fc.array(
      fc.record({ atMs: fc.integer({ min: 1, max: 20_000 }), waitedMs: fc.integer({ min: 0, max: 200 }) }),
      { minLength: 1, maxLength: 20 },
    )
    const holds = (steps: Machine['steps'], given: Parameters<typeof watched>[1]) => {
      let lastReadMs = 0
      for (const { seenMs, trueMs, readMs } of watched({ steps }, given)) {
        expect(seenMs).toBeLessThanOrEqual(readMs)
        // Since then, or since the last look that found nothing, no more than 250 ms before it came.
        const sinceMs = trueMs - lastReadMs > 500 ? trueMs - 277 : 0
        expect(seenMs).toBeGreaterThanOrEqual(sinceMs - 1)
        lastReadMs = readMs
      }
    }
    fc.assert(fc.property(fc.array(anyStep, { maxLength: 6 }), packets, holds), {
      numRuns: process.env.HALFOPEN_SLOW ? 20_000 : 500,
    })
  })

  test('is trouble where its date is in the future, though nobody was seen to set the clock', () => {
    const calendar = new Calendar()
    const look = { beforeMs: 1000, wallMs: EPOCH_MS, afterMs: 1000.02 }
    calendar.look({ ...look, beforeMs: 990, afterMs: 990.02, wallMs: EPOCH_MS - 10 })
    expect(calendar.dated(EPOCH_MS + 5000, look)).toEqual({
      seenMs: 1000.02,
      lateMs: expect.closeTo(10, 3),
      trouble: 'the kernel dated a packet 5000 ms in the future: the clock of the calendar was set meanwhile',
    })
  })
})
