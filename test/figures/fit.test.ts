import { expect, test } from 'vitest'
import { bandOf, liftOf } from '../../src/figures/band.ts'
import {
  type DatedPoint,
  leastSquares,
  lineThrough,
  quantile,
  range,
  residuals,
  scanPeriodMs,
} from '../../src/figures/ratio-fit.ts'
import { median } from '../../src/text/median.ts'
import { randomFrom } from './simulated.ts'

const point = (x: number, y: number, minusMs = 0, plusMs = 0): DatedPoint => ({ x, y, minusMs, plusMs })
/** Four at each keep-alive, a little apart. */
const LINE = [2000, 4000, 6000, 8000].flatMap(x => [-3, -1, 1, 3].map(late => point(x, 1.5 * x + 30 + late)))

test('both lines go through exact points', () => {
  const exact = LINE.map(({ x }) => point(x, 1.5 * x + 30))
  expect(lineThrough(exact)).toEqual({ k: 1.5, ms: 30, withinK: 0, withinMs: 0, spreadMs: 0 })
  expect(leastSquares(exact)?.k).toBeCloseTo(1.5, 9)
})

test('points that are far off leave the line where it is, on either side', () => {
  const twice = [...LINE, ...LINE.map(each => ({ ...each, y: each.y + 2 }))]
  const off = new Map([
    [15, 1000],
    [2, -700],
  ])
  const bent = twice.map((each, i) => ({ ...each, y: each.y + (off.get(i) ?? 0) }))
  const line = lineThrough(bent)
  expect(Math.abs((line?.k ?? 0) - 1.5)).toBeLessThan(0.005)
  expect(line?.withinK).toBeLessThan(0.01)
  expect(leastSquares(bent)?.k).toBeGreaterThan(1.53)
  expect(line?.spreadMs).toBeGreaterThan(1690)
  // Of half as many points the same two leave nothing that could be told.
  expect(lineThrough(bent.slice(0, 16))?.withinK).toBeGreaterThan(0.02)
})

test.each([
  ['one keep-alive', [point(2000, 3000), point(2000, 3010)]],
  ['one point at each of four: that all rise by chance is 1 in 12', LINE.filter((_, i) => i % 4 === 0)],
  ['two at each of two: 1 in 3', LINE.filter(({ x }, i) => x < 6000 && i % 2 === 0)],
])('no line is drawn through %s', (_, points) => {
  expect(lineThrough(points)).toBeUndefined()
})

test('two at each of three are enough: that all rise by chance is 1 in 45', () => {
  expect(lineThrough(LINE.filter(({ x }, i) => x < 8000 && i % 2 === 0))?.withinK).toBeLessThan(0.01)
})

test('what is dated vaguely makes the line vague, and a few well dated ones make it good again', () => {
  const vague = LINE.map(each => ({ ...each, minusMs: 40 * (each.x / 2000), plusMs: 0 }))
  expect(lineThrough(vague)?.withinK).toBeGreaterThan(0.009)
  // Half of them are enough.
  const mixed = vague.map((each, i) => (i % 2 === 0 ? { ...each, minusMs: 1 } : each))
  expect(lineThrough(mixed)?.withinK).toBeLessThan(0.005)
  expect(lineThrough(vague)?.withinMs).toBeGreaterThan(lineThrough(mixed)?.withinMs ?? Infinity)
})

test('the interval holds the slope in 95 of 100 where what a machine holds up depends on the keep-alive', () => {
  const random = randomFrom(8)
  const trials = 1000
  const held = Array.from({ length: trials }, () => {
    const points = [1000, 2000, 3000].flatMap(x => {
      // All at this keep-alive fell into the same moments: within what their dates allow, and as early or as late.
      const together = 4 * random() - 2
      return [0, 1, 2, 3].map(() => point(x, 1.5 * x + together + 2 * (random() - 0.5), 2, 2))
    })
    const { k, withinK } = lineThrough(points) ?? { k: 0, withinK: 0 }
    return Math.abs(k - 1.5) <= withinK
  }).filter(Boolean).length
  expect(held / trials).toBeGreaterThan(0.95)
})

/** 40 closings in a band of so many milliseconds above 1.5K, at two keep-alives and at the same lifted by 12 s. */
const closings = (widthMs: number, change: (y: number, i: number, x: number) => number = y => y) =>
  [2000, 4000, 14_000, 16_000].flatMap(x =>
    Array.from({ length: 40 }, (_, i) => {
      const part = (i * 0.618034 + x / 7777) % 1
      return point(x, change(1.5 * x + part * widthMs, i, x), 2, 2)
    }),
  )
const band = (points: readonly DatedPoint[]) => {
  const found = bandOf(points, 12_000)
  if (typeof found === 'string' || 'varies' in found.granularity) throw new Error(JSON.stringify(found))
  return { ...found.line, width: found.granularity.ms, widthWithin: found.granularity.withinMs }
}

test('a band has the slope, the lower edge and the width that it was made with', () => {
  for (const widthMs of [0, 5, 1000, 6000]) {
    const { k, withinK, ms, withinMs, width, widthWithin } = band(closings(widthMs))
    expect(Math.abs(k - 1.5)).toBeLessThanOrEqual(withinK)
    expect(Math.abs(ms)).toBeLessThanOrEqual(withinMs)
    expect(Math.abs(width - widthMs)).toBeLessThanOrEqual(widthWithin)
    expect(widthWithin).toBeLessThan(0.1 * widthMs + 10)
  }
})

test('outliers of either side do not make a band, nor widen one', () => {
  const late = band(closings(5, (y, i) => (i % 20 === 3 ? y + 800 + i : y)))
  const early = band(closings(5, (y, i) => (i % 20 === 3 ? y - 600 - i : y)))
  for (const { k, width, ms } of [late, early]) {
    expect(Math.abs(k - 1.5)).toBeLessThan(0.001)
    expect(width).toBeLessThan(15)
    expect(Math.abs(ms)).toBeLessThan(15)
  }
  // A single one at a single keep-alive, just beyond the edge of a band.
  const wide = band(closings(6000, (y, i, x) => (i === 7 && x === 2000 ? 1.5 * x + 6400 : y)))
  expect(Math.abs(wide.width - 6000)).toBeLessThan(300)
})

test('whole seconds and steps of its own are no slope of a broker, since they round a lifted keep-alive alike', () => {
  const counting = [1000, 3000, 13_000, 15_000].flatMap(x =>
    Array.from({ length: 40 }, (_, i) => point(x, Math.floor((1.5 * x) / 1000) * 1000 + (i % 5), 2, 2)),
  )
  const { k, ms, width } = band(counting)
  expect(k).toBeCloseTo(1.5, 3)
  expect(Math.abs(ms + 500)).toBeLessThan(5)
  expect(width).toBeLessThan(10)
})

test('a band that grows with the keep-alive has a lower edge, and no width to tell', () => {
  const growing = [2000, 4000, 14_000, 16_000].flatMap(x =>
    Array.from({ length: 40 }, (_, i) => point(x, 1.5 * x + ((i * 0.618034) % 1) * 0.5 * x, 2, 2)),
  )
  const found = bandOf(growing, 12_000)
  const varies = expect.stringMatching(/^it grows with K: 1\.0 s at K = 2 s, 7\.[89] s at K = 16 s$/)
  expect(found).toMatchObject({ granularity: { varies } })
  expect(typeof found !== 'string' && Math.abs(found.line.k - 1.5)).toBeLessThan(0.01)
})

test('fewer than eight closings at a keep-alive, or no lifted ones, make no band', () => {
  const few = closings(1000).filter((_, i) => i % 40 < 7)
  expect(bandOf(few, 12_000)).toMatch(/too few closings .*--broker-samples/)
  expect(bandOf(closings(1000), undefined)).toMatch(/too few closings/)
  expect(bandOf(closings(1000), 5000)).toMatch(/too few closings/)
})

test('how far keep-alives are lifted is read off them, where they come in two halves', () => {
  expect(liftOf([2000, 14_000, 4000, 16_000])).toBe(12_000)
  expect(liftOf([2000, 4000, 14_000])).toBeUndefined()
  expect(liftOf([2000, 4000, 14_000, 17_000])).toBeUndefined()
  expect(liftOf([])).toBeUndefined()
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
