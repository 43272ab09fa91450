/**
 * Lines through measured points. Everything that can go wrong on a busy machine makes a point later, never earlier, and it
 * does so to few of them: medians and Theil-Sen do not mind these, where least squares would follow them.
 */
import { median } from '../model/median.ts'
import type { Fit } from './measured.ts'

/** `y` at `x`, both in milliseconds: a detection at a keep-alive. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** The value below which this part of them lies. `NaN` of nothing. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.round(part * (sorted.length - 1))] ?? Number.NaN
}

/** The points of each x, in order of x. */
export function byX(points: readonly Point[]): ReadonlyMap<number, readonly number[]> {
  const groups = new Map<number, number[]>()
  for (const { x, y } of points.toSorted((a, b) => a.x - b.x)) groups.set(x, [...(groups.get(x) ?? []), y])
  return groups
}

/** Theil-Sen: the median of the slopes between any two points, and the median of what is left. `undefined` below two x. */
export function theilSen(points: readonly Point[]): { readonly k: number; readonly ms: number } | undefined {
  const slopes = slopesBetween(points)
  if (slopes.length === 0) return undefined
  const k = median(slopes)
  return { k, ms: median(points.map(({ x, y }) => y - k * x)) }
}

/** Least squares, for points that are all equally good. `undefined` below two x. */
export function leastSquares(points: readonly Point[]): { readonly k: number; readonly ms: number } | undefined {
  const mean = { x: average(points.map(({ x }) => x)), y: average(points.map(({ y }) => y)) }
  const width = sum(points.map(({ x }) => (x - mean.x) ** 2))
  if (!(width > 0)) return undefined
  const k = sum(points.map(({ x, y }) => (x - mean.x) * (y - mean.y))) / width
  return { k, ms: mean.y - k * mean.x }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const average = (values: readonly number[]): number => sum(values) / values.length

/**
 * The slope of the narrowest strip that holds all points: where they fill a band evenly, both of its edges count. Its edges
 * each touch two of the outermost points, or lie between such slopes that are equally good. `undefined` below two x.
 */
export function narrowestStrip(points: readonly Point[]): number | undefined {
  const groups = [...byX(points)]
  const widthAt = (k: number) => range(residuals(points, { k, ms: 0 }))
  const outermost = [least, greatest].map(pick => groups.map(([x, ys]) => ({ x, y: pick(ys) })))
  const slopes = outermost.flatMap(slopesBetween).map(k => ({ k, width: widthAt(k) }))
  if (slopes.length === 0) return undefined
  const narrowest = least(slopes.map(({ width }) => width))
  return average(slopes.filter(({ width }) => width <= narrowest + 1).map(({ k }) => k))
}

const slopesBetween = (points: readonly Point[]): readonly number[] =>
  points.flatMap((a, i) => points.slice(i + 1).flatMap(b => (a.x === b.x ? [] : [(b.y - a.y) / (b.x - a.x)])))

/** The line through the medians at each x; the spread is that of all points. `undefined` below two x. */
export function fitMedians(points: readonly Point[]): Fit | undefined {
  const medians = [...byX(points)].map(([x, ys]) => ({ x, y: median(ys) }))
  const line = theilSen(medians)
  return line && { ...line, spreadMs: range(residuals(points, line)) }
}

export const residuals = (points: readonly Point[], { k, ms }: Pick<Fit, 'k' | 'ms'>): readonly number[] =>
  points.map(({ x, y }) => y - k * x - ms)

/** The greatest minus the least; 0 of nothing. */
export const range = (values: readonly number[]): number => (values.length === 0 ? 0 : greatest(values) - least(values))

export const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity)
export const greatest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity)

/** What a line says at a keep-alive. */
export const at = ({ k, ms }: Pick<Fit, 'k' | 'ms'>, keepaliveMs: number): number => k * keepaliveMs + ms
