import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { virtualClock } from '../../src/clock/virtual.ts'

describe('a virtual clock', () => {
  test('does what is due in order of time, and at one time in order of asking', async () => {
    const clock = virtualClock()
    const seen: string[] = []
    clock.at(20, () => seen.push(`c ${clock.nowMs()}`))
    clock.at(10, () => seen.push(`a ${clock.nowMs()}`))
    clock.at(10, () => seen.push(`b ${clock.nowMs()}`))
    await clock.advanceTo(15)
    expect(seen).toEqual(['a 10', 'b 10'])
    expect(clock.nowMs()).toBe(15)
    await clock.advanceTo(20)
    expect(seen).toEqual(['a 10', 'b 10', 'c 20'])
  })

  test('does what is past at once, but not synchronously', async () => {
    const clock = virtualClock()
    await clock.advanceTo(100)
    let at = -1
    clock.at(5, () => {
      at = clock.nowMs()
    })
    expect(at).toBe(-1)
    await clock.advanceTo(100)
    expect(at).toBe(100)
  })

  test('forgets what is cancelled, also from inside an event due at the same time', async () => {
    const clock = virtualClock()
    const seen: string[] = []
    clock.at(10, () => cancelSecond())
    const cancelSecond = clock.at(10, () => seen.push('second'))
    const cancelThird = clock.at(11, () => seen.push('third'))
    await clock.advanceTo(20)
    cancelThird()
    expect(seen).toEqual(['third'])
    expect(clock.live).toBe(0)
  })

  test('never goes back', async () => {
    const clock = virtualClock()
    await clock.advanceTo(50)
    await clock.advanceTo(10)
    expect(clock.nowMs()).toBe(50)
  })

  test('lets promises that an event resolved run before the next event', async () => {
    const clock = virtualClock()
    const seen: string[] = []
    clock.at(1, () => {
      Promise.resolve()
        .then(() => undefined)
        .then(() => seen.push(`promise ${clock.nowMs()}`))
    })
    clock.at(2, () => seen.push(`event ${clock.nowMs()}`))
    await clock.advanceTo(2)
    expect(seen).toEqual(['promise 1', 'event 2'])
  })

  test('serves several who wait, the earliest first, also one who waits inside an event', async () => {
    const clock = virtualClock()
    const seen: string[] = []
    clock.at(5, () => void clock.advanceTo(30).then(() => seen.push(`inner ${clock.nowMs()}`)))
    const late = clock.advanceTo(20).then(() => seen.push(`late ${clock.nowMs()}`))
    const early = clock.advanceTo(10).then(() => seen.push(`early ${clock.nowMs()}`))
    await Promise.all([late, early])
    await clock.advanceTo(30)
    expect(seen).toEqual(['early 10', 'late 20', 'inner 30'])
  })

  test('lets go of whoever waits, and stands still where it is', async () => {
    const clock = virtualClock()
    let later = false
    clock.at(5, () => clock.letGo())
    clock.at(6, () => {
      later = true
    })
    await clock.advanceTo(1000)
    expect([clock.nowMs(), later]).toEqual([5, false])
    await clock.advanceTo(10)
    expect([clock.nowMs(), later]).toEqual([10, true])
  })

  test('steps without any promise: nextAtMs and fireNext', () => {
    const clock = virtualClock()
    const seen: number[] = []
    clock.at(3, () => seen.push(clock.nowMs()))
    expect(clock.nextAtMs()).toBe(3)
    expect(clock.fireNext()).toBe(true)
    expect(clock.fireNext()).toBe(false)
    expect(clock.nextAtMs()).toBe(Number.POSITIVE_INFINITY)
    expect(seen).toEqual([3])
  })

  test('hands what an event throws to whoever waits, and goes on afterwards', async () => {
    const clock = virtualClock()
    clock.at(1, () => {
      throw new Error('boom')
    })
    let later = false
    clock.at(2, () => {
      later = true
    })
    await expect(clock.advanceTo(3)).rejects.toThrow('boom')
    await clock.advanceTo(3)
    expect(later).toBe(true)
  })

  test('refuses NaN, which would silently spoil the order', async () => {
    const clock = virtualClock()
    expect(() => clock.at(Number.NaN, () => undefined)).toThrow(RangeError)
    await expect(clock.advanceTo(Number.NaN)).rejects.toThrow(RangeError)
  })

  test('keeps its order whatever is asked for and cancelled', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ atMs: fc.nat(50), cancelled: fc.boolean() }), { maxLength: 300 }), asked => {
        const clock = virtualClock()
        const done: number[] = []
        const cancels = asked.map(({ atMs }, index) => clock.at(atMs, () => done.push(index)))
        asked.forEach(({ cancelled }, index) => {
          if (cancelled) cancels[index]?.()
        })
        while (clock.fireNext());
        const expected = asked
          .map(({ atMs, cancelled }, index) => ({ atMs, cancelled, index }))
          .filter(({ cancelled }) => !cancelled)
          .sort((a, b) => a.atMs - b.atMs || a.index - b.index)
          .map(({ index }) => index)
        expect(done).toEqual(expected)
        expect(clock.live).toBe(0)
      }),
    )
  })

  test('a timer set again a million times leaves nothing behind', () => {
    const clock = virtualClock()
    let cancel = clock.at(1000, () => undefined)
    const before = process.memoryUsage().heapUsed
    for (let count = 0; count < 1_000_000; count++) {
      cancel()
      cancel = clock.at(1000 + count, () => undefined)
    }
    expect(clock.live).toBe(1)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100e6)
  })
})
