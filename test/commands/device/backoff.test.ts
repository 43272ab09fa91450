import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type BackoffClass,
  backoffRemark,
  classify,
  toleranceMs,
} from '../../../src/commands/device/backoff/backoff-class.ts'

const kindOf = (gapsMs: readonly number[]): BackoffClass['kind'] | undefined => classify(gapsMs)?.kind

/** What network and timers add or take: up to so much of what is tolerated between two gaps. */
const noise = (part: number) =>
  fc.array(fc.double({ min: -part, max: part, noNaN: true }), { minLength: 9, maxLength: 9 })
const disturbed = (gapsMs: readonly number[], noises: readonly number[]) =>
  gapsMs.map((gap, i) => gap + (noises[i] ?? 0) * toleranceMs(gap))
const row = (count: number, gap: (i: number) => number) => Array.from({ length: count }, (_, i) => gap(i))
const counts = fc.integer({ min: 4, max: 9 })
const level = fc.integer({ min: 800, max: 120_000 })

describe('each class has its own example', () => {
  test.each<[BackoffClass['kind'], readonly number[]]>([
    ['exponential', [1000, 2000, 4000, 8000]],
    ['exponential', [1000, 2000, 4000, 8000, 10_000]],
    ['exponential', [1000, 2000, 4000, 5000, 5000, 5000]],
    // Scattered, as it happened: the last gap is no ceiling.
    ['exponential-jitter', [510, 980, 2050, 2800]],
    ['exponential', [500, 750, 1125, 1690, 2530]],
    ['exponential-jitter', [700, 1900, 2600, 7100, 9000, 30_000, 41_000]],
    ['linear', [1000, 2000, 3000, 4000]],
    ['linear', [5000, 10_000, 15_000, 20_000, 25_000]],
    ['linear', [1000, 2000, 3000, 4000, 4000, 4000]],
    ['constant', [1000, 1000, 1000, 1000]],
    ['constant', [1003, 1120, 980, 1010, 1230]],
    ['constant', [60_000, 60_400, 60_010, 60_000]],
    ['scattered', [4000, 900, 3500, 1500, 2800, 700]],
    ['scattered', [8000, 4000, 2000, 1000]],
    ['immediate', [2, 1, 3, 1]],
    ['immediate', [480, 470, 490, 480]],
  ])('%s: %j', (kind, gapsMs) => expect(kindOf(gapsMs)).toBe(kind))

  test('four gaps are the least', () => {
    expect(classify([1000, 2000, 4000])).toBeUndefined()
    expect(classify([])).toBeUndefined()
  })

  test('figures are told', () => {
    expect(classify([1000, 2000, 4000, 5000, 5000])).toMatchObject({ factor: 2, capMs: 5000 })
    expect(classify([2000, 4000, 6000, 8000])).toMatchObject({ stepMs: 2000 })
    expect(classify([1000, 1010, 1000, 990])).toMatchObject({ everyMs: 1000 })
  })
})

describe('noise within the tolerance does not change the class', () => {
  test('constant stays constant', () => {
    fc.assert(
      fc.property(level, counts, noise(0.45), (every, count, noises) => {
        expect(
          kindOf(
            disturbed(
              row(count, () => every),
              noises,
            ),
          ),
        ).toBe('constant')
      }),
    )
  })

  test('a hammering client stays one', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 4, maxLength: 9 }), gapsMs => {
        expect(kindOf(gapsMs)).toBe('immediate')
      }),
    )
  })

  test('exponential stays exponential, with its factor', () => {
    const factor = fc.double({ min: 1.6, max: 4, noNaN: true })
    fc.assert(
      fc.property(factor, fc.integer({ min: 1000, max: 5000 }), counts, noise(0.2), (f, base, count, noises) => {
        const found = classify(
          disturbed(
            row(count, i => base * f ** i),
            noises,
          ),
        )
        expect(found?.kind).toBe('exponential')
        if (found?.kind === 'exponential') expect(Math.abs(found.factor / f - 1)).toBeLessThan(0.12)
      }),
    )
  })

  test('also with a ceiling', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 6 }), noise(0.2), (rising, noises) => {
        const found = classify(
          disturbed(
            row(9, i => Math.min(1000 * 2 ** i, 1000 * 2 ** rising)),
            noises,
          ),
        )
        expect(found).toMatchObject({ kind: 'exponential' })
      }),
    )
  })

  test('linear stays linear', () => {
    const step = fc.integer({ min: 1000, max: 10_000 })
    fc.assert(
      fc.property(step, fc.integer({ min: 4, max: 8 }), noise(0.2), (stepMs, count, noises) => {
        expect(
          kindOf(
            disturbed(
              row(count, i => stepMs * (i + 1)),
              noises,
            ),
          ),
        ).toBe('linear')
      }),
    )
  })
})

describe('jitter', () => {
  const drawn = (min: number) => fc.array(fc.double({ min, max: 1, noNaN: true }), { minLength: 7, maxLength: 9 })

  test('on half of a wait that doubles is never taken for a level or a line', () => {
    fc.assert(
      fc.property(drawn(0.5), parts => {
        expect(['exponential-jitter', 'exponential']).toContain(kindOf(parts.map((part, i) => 1000 * 2 ** i * part)))
      }),
    )
  })

  test('without growth is never taken for growth that is steady, nor for a level where it is large', () => {
    fc.assert(
      fc.property(drawn(0.05), parts => {
        const gapsMs = [20_000, 1500, ...parts.map(part => 10_000 * part), 800]
        expect(['scattered', 'exponential-jitter']).toContain(kindOf(gapsMs))
      }),
    )
  })
})

test('any row of gaps has a class', () => {
  const gaps = fc.array(fc.integer({ min: 3000, max: 600_000 }), { minLength: 4, maxLength: 9 })
  fc.assert(
    fc.property(gaps, gapsMs => {
      expect(classify(gapsMs)).toBeDefined()
    }),
  )
})

test('what a class is worth', () => {
  const worth = (found: BackoffClass) => backoffRemark(found, 5).result
  expect(worth({ kind: 'exponential-jitter', factor: 2 })).toBe('pass')
  expect(worth({ kind: 'exponential', factor: 2 })).toBe('warning')
  expect(worth({ kind: 'linear', stepMs: 1000 })).toBe('warning')
  expect(worth({ kind: 'scattered', everyMs: 1000 })).toBe('warning')
  expect(worth({ kind: 'constant', everyMs: 1000 })).toBe('fail')
  expect(worth({ kind: 'immediate', everyMs: 10 })).toBe('fail')
})
