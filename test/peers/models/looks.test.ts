import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CycleLooks, ScheduledLooks, TimedLooks } from '../../../src/peers/models/looks.ts'

/** Whole milliseconds, so that the plain thread below does no rounding. */
const EVENTS = fc.array(
  fc.record({ afterMs: fc.integer({ min: 1, max: 400 }), what: fc.constantFrom('read' as const, 'write' as const) }),
  { maxLength: 12 },
)

/** The thread itself, one round after the other: when it looks, up to `untilMs`. */
function plainThread(
  events: readonly { readonly atMs: number; readonly what: 'read' | 'write' }[],
  waitMs: number,
  leastMs: number,
  isWoken: boolean,
  untilMs: number,
): number[] {
  const looks: number[] = []
  let [roundMs, lookedMs] = [0, 0]
  const waking = events.filter(({ what }) => what === 'read' || isWoken)
  while (roundMs < untilMs) {
    const next = waking.find(({ atMs }) => atMs > roundMs)?.atMs ?? Number.POSITIVE_INFINITY
    roundMs = Math.min(next, roundMs + waitMs)
    if (roundMs - lookedMs < leastMs) continue
    lookedMs = roundMs
    looks.push(roundMs)
  }
  return looks
}

describe('a thread that waits for packets', () => {
  test('looks when the plain thread does, though it leaves out what would find nothing', () => {
    fc.assert(
      fc.property(
        EVENTS,
        fc.integer({ min: 50, max: 300 }),
        fc.integer({ min: 0, max: 700 }),
        fc.boolean(),
        fc.integer({ min: 0, max: 3000 }),
        (given, waitMs, leastMs, isWoken, waitsMs) => {
          let atMs = 0
          const events = given.map(({ afterMs, what }) => {
            atMs += afterMs
            return { atMs, what }
          })
          const looks = new CycleLooks(0, { waitMs, ...(isWoken && { wokenByWrites: true }) }, leastMs)
          for (const { atMs: eventMs, what } of events) looks[what === 'read' ? 'read' : 'wrote'](eventMs)
          const dueMs = atMs + waitsMs
          const plain = plainThread(events, waitMs, leastMs, isWoken, dueMs + leastMs + 2 * waitMs)
          // Where the last event itself woke it, that look may be the one.
          expect(looks.nextMs(dueMs)).toBe(plain.find(lookMs => lookMs >= dueMs))
        },
      ),
    )
  })

  test('rounds 1.1 s up to what is due, as Paho C does', () => {
    const looks = new CycleLooks(0, { waitMs: 1100 }, 200)
    expect([2000, 3000, 8000].map(dueMs => looks.nextMs(dueMs))).toEqual([2200, 3300, 8800])
  })

  test('does not look more often than it may: K = 20 s is found by a look every 2.2 s', () => {
    const looks = new CycleLooks(0, { waitMs: 1100 }, 2000)
    expect([2000, 20_000, 21_999, 22_001].map(dueMs => looks.nextMs(dueMs))).toEqual([2200, 22_000, 22_000, 24_200])
  })
})

test('a timer that sets itself anew looks a keep-alive after a ping, else a keep-alive after what was sent', () => {
  const looks = new ScheduledLooks(0, 3000)
  expect(looks.nextMs()).toBe(3000)
  looks.looked(3000, true, 2800)
  expect(looks.nextMs()).toBe(6000)
  looks.looked(6000, false, 5600)
  expect(looks.nextMs()).toBe(8600)
})

test('a timer that was set when it connected looks at its ticks, at the tick itself where that is when something is due', () => {
  const looks = new TimedLooks(10, 500)
  expect([10, 11, 510, 511].map(dueMs => looks.nextMs(dueMs))).toEqual([510, 510, 510, 1010])
  looks.looked(510)
  expect(looks.nextMs(0)).toBe(1010)
})
