/** Points over the keep-alive, and what can be said of them without a model. */

/** `y` at `x`, both in milliseconds: a detection at a keep-alive. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** One whose true height lies between `y - minusMs` and `y + plusMs`. */
export interface DatedPoint extends Point {
  readonly minusMs: number
  readonly plusMs: number
}

export interface Interval {
  readonly from: number
  readonly to: number
}

export const hull = (intervals: readonly Interval[]): Interval => ({
  from: least(intervals.map(({ from }) => from)),
  to: greatest(intervals.map(({ to }) => to)),
})

/**
 * What the points can be in truth: all of them as they are dated, as early and as late as they may be. The machine knows nothing of
 * keep-alives: it does not hold up all points of the one by all that it may, and those of another not at all.
 */
export const readings = (points: readonly DatedPoint[]): readonly (readonly Point[])[] => [
  points,
  points.map(({ x, y, minusMs }) => ({ x, y: y - minusMs })),
  points.map(({ x, y, plusMs }) => ({ x, y: y + plusMs })),
]

/** So many of the points at each keep-alive. */
const PARTS = [3 / 4, 1 / 2]

/**
 * All points, and those at each keep-alive that are dated much better than the others. That some were held up for long says nothing of
 * their peer, and makes all that rests on them vague: from fewer and better ones more can be known.
 */
export function selections(points: readonly DatedPoint[]): readonly (readonly DatedPoint[])[] {
  const vaguest = (some: readonly DatedPoint[]) => greatest(some.map(vagueness))
  const better = PARTS.map(part => bestDated(points, part)).filter(some => 2 * vaguest(some) < vaguest(points))
  return [points, ...better]
}

const vagueness = ({ minusMs, plusMs }: DatedPoint): number => minusMs + plusMs

const bestDated = (points: readonly DatedPoint[], part: number): readonly DatedPoint[] =>
  [...byX(points).values()].flatMap(own =>
    own.toSorted((a, b) => vagueness(a) - vagueness(b)).slice(0, Math.ceil(part * own.length)),
  )

/** The value below which this part of them lies. `NaN` of nothing. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = ascending(values)
  return sorted[Math.round(part * (sorted.length - 1))] ?? Number.NaN
}

/** The points of each x, in order of x. */
export function byX<P extends Point>(points: readonly P[]): ReadonlyMap<number, readonly P[]> {
  const groups = new Map<number, P[]>()
  for (const point of points.toSorted((a, b) => a.x - b.x)) groups.set(point.x, [...(groups.get(point.x) ?? []), point])
  return groups
}

/** Least squares, for points that are all equally good. `undefined` below two x. */
export function leastSquares(points: readonly Point[]): { readonly k: number; readonly ms: number } | undefined {
  const mean = { x: average(points.map(({ x }) => x)), y: average(points.map(({ y }) => y)) }
  const width = sum(points.map(({ x }) => (x - mean.x) ** 2))
  if (!(width > 0)) return undefined
  const k = sum(points.map(({ x, y }) => (x - mean.x) * (y - mean.y))) / width
  return { k, ms: mean.y - k * mean.x }
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const average = (values: readonly number[]): number => sum(values) / values.length

export const residuals = (
  points: readonly Point[],
  { k, ms }: { readonly k: number; readonly ms: number },
): readonly number[] => points.map(({ x, y }) => y - k * x - ms)

/** The greatest minus the least; 0 of nothing. */
export const range = (values: readonly number[]): number => (values.length === 0 ? 0 : greatest(values) - least(values))

export const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity)
export const greatest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity)
export const ascending = (values: readonly number[]): readonly number[] => values.toSorted((a, b) => a - b)

/** What a line says at a keep-alive. */
export const at = ({ k, ms }: { readonly k: number; readonly ms: number }, keepaliveMs: number): number =>
  k * keepaliveMs + ms
