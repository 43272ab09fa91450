import { expect, test } from 'vitest'
import { median } from '../../src/model/median.ts'
import { fitMedians, leastSquares, quantile, range, residuals, theilSen } from '../../src/ratio/fit.ts'
import { scanPeriodMs } from '../../src/ratio/period.ts'

const LINE = [2000, 4000, 6000, 8000].map(x => ({ x, y: 1.5 * x + 30 }))

test('both lines go through exact points', () => {
  expect(theilSen(LINE)).toEqual({ k: 1.5, ms: 30 })
  expect(leastSquares(LINE)?.k).toBeCloseTo(1.5, 9)
})

test('one point of five that is far off leaves Theil-Sen where it is', () => {
  const five = [...LINE, { x: 10_000, y: 15_030 }]
  const bent = five.map((point, i) => (i === 3 ? { ...point, y: point.y + 1000 } : point))
  expect(theilSen(bent)?.k).toBeCloseTo(1.5, 1)
  expect(leastSquares(bent)?.k).toBeGreaterThan(1.54)
})

test('one keep-alive makes no line', () => {
  expect(
    fitMedians([
      { x: 2000, y: 3000 },
      { x: 2000, y: 3010 },
    ]),
  ).toBeUndefined()
})

test('the spread is that of all points, not of the medians', () => {
  const points = LINE.flatMap(({ x, y }) => [-5, 0, 80].map(late => ({ x, y: y + late })))
  expect(fitMedians(points)).toEqual({ k: 1.5, ms: 30, spreadMs: 85 })
})

test('medians, quantiles and ranges of few or no values', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3]), range([]), range([5, 2])]).toEqual([2, 2.5, 0, 3])
  expect([median([]), quantile([], 0.5)]).toEqual([Number.NaN, Number.NaN])
  expect(residuals([{ x: 2, y: 5 }], { k: 2, ms: 0 })).toEqual([1])
})

const looks = (everyMs: number, count: number, jitterMs: number) =>
  Array.from({ length: count }, (_, i) => 777 + (i % 9) * everyMs + ((i * 37) % 100) * (jitterMs / 100))

test.each([1000, 2500, 5000, 6000, 30_000])('closings on a grid of %d ms are found to be so', everyMs => {
  expect(Math.abs((scanPeriodMs(looks(everyMs, 60, 100)) ?? 0) - everyMs)).toBeLessThan(0.01 * everyMs)
})

test('a scan of 5 s does not read as one of 6 s', () => {
  expect(Math.abs((scanPeriodMs(looks(5000, 60, 100)) ?? 6000) - 6000)).toBeGreaterThan(900)
})

test('closings that lie anywhere, or are few, show no scan', () => {
  const golden = Array.from({ length: 300 }, (_, i) => (i * 0.618034 * 40_000) % 40_000)
  expect(scanPeriodMs(golden)).toBeUndefined()
  expect(scanPeriodMs(looks(6000, 20, 0))).toBeUndefined()
})
