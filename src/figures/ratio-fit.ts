import type { RatioFit } from '../model/peer-figures.ts'

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

/**
 * Whether a broker closes at moments of its own: one that looks for silent clients every so often does so on a grid of the
 * clock, whenever the clients came. Their closing times, laid around a circle of that length, fall on one spot.
 */

/** Shorter ones are no scan that a user could notice; and timers that tick by the tenth of a second are everywhere. */
const SHORTEST_MS = 900
const LONGEST_MS = 60_000
/** 1 is all on one spot, 0 all around. Scans are late by up to a tenth of a second (an epoll of 100 ms). */
const EVIDENT = 0.93
/** Closings from fewer looks than that may be chance. */
const LEAST_LOOKS = 4
const LEAST_CLOSINGS = 24
/** Of a turn: how far the closings may drift over their whole span between one period that is tried and the next. */
const STEP = 1 / 20

/** Milliseconds between two scans; `undefined` where none is evident. The longest that explains them: every divisor does too. */
export function scanPeriodMs(closedAtMs: readonly number[]): number | undefined {
  const times = closedAtMs.toSorted((a, b) => a - b)
  const spanMs = (times.at(-1) ?? 0) - (times[0] ?? 0)
  if (times.length < LEAST_CLOSINGS || spanMs < LEAST_LOOKS * SHORTEST_MS) return undefined
  let best: { readonly periodMs: number; readonly concentration: number } | undefined
  const longestMs = Math.min(LONGEST_MS, spanMs / 2)
  for (let periodMs = SHORTEST_MS; periodMs <= longestMs; periodMs += (STEP * periodMs ** 2) / spanMs) {
    const concentration = concentrationAt(times, periodMs)
    if (concentration < EVIDENT || looks(times, periodMs) < LEAST_LOOKS) continue
    const isSamePeak = best && periodMs < best.periodMs * 1.1
    if (!best || !isSamePeak || concentration > best.concentration) best = { periodMs, concentration }
  }
  return best && exactPeriod(times, best.periodMs)
}

/** From the first look to the last, over how many there were between: closer than any step of the search. */
function exactPeriod(times: readonly number[], aboutMs: number): number {
  const numbered = times.map(y => ({ x: Math.round((y - (times[0] ?? 0)) / aboutMs), y }))
  return leastSquares(numbered)?.k ?? aboutMs
}

/** The length of the mean of unit vectors (Rayleigh). */
function concentrationAt(times: readonly number[], periodMs: number): number {
  let [x, y] = [0, 0]
  for (const time of times) {
    const angle = (2 * Math.PI * time) / periodMs
    x += Math.cos(angle)
    y += Math.sin(angle)
  }
  return Math.hypot(x, y) / times.length
}

/** How many different turns of the circle the closings are from. */
const looks = (times: readonly number[], periodMs: number): number =>
  new Set(times.map(time => Math.round((time - (times[0] ?? 0)) / periodMs))).size

/**
 * The line through detections at several keep-alives, and between which lines the true one lies.
 *
 * Nothing is known of how a busy machine spreads them, but that it does so whatever the keep-alive. So the slope is taken from
 * ranks: Theil-Sen's, with the interval that Sen gave it (P. K. Sen, "Estimates of the Regression Coefficient Based on Kendall's
 * Tau", JASA 63 (1968), §5): of the slopes between any two points, those that Kendall's tau can't tell from the true one. The
 * offset is that of the sign test for the median of what is left. Dates are intervals, so there is more than one reading of
 * the points; the interval holds what comes of each.
 */

/** Two-sided, 99 in 100, of the normal distribution. */
const Z = 2.576
const CONFIDENCE = 0.99
/** Where the whole range of what is seen holds the truth less often than this, nothing can be said. */
const LEAST_CONFIDENCE = 0.95

/** `undefined` where there are too few points for a line that holds the truth in 95 of 100. The spread is that of all points. */
export function lineThrough(points: readonly DatedPoint[]): RatioFit | undefined {
  const lines = selections(points).flatMap(selected => lineThroughAll(selected) ?? [])
  const [first] = lines
  if (!first) return undefined
  const best = lines.reduce((a, b) => (b.withinK < a.withinK ? b : a), first)
  return { ...best, spreadMs: range(residuals(points, best)) }
}

function lineThroughAll(points: readonly DatedPoint[]): Omit<RatioFit, 'spreadMs'> | undefined {
  const counts = [...byX(points).values()].map(({ length }) => length)
  if (counts.length < 2 || 1 - chanceOfOrder(counts) < LEAST_CONFIDENCE) return undefined
  const all = readings(points)
  const seen = hull(all.map(reading => slopeInterval(reading, counts)))
  const tilt = tiltOf(points)
  const slopes = { from: seen.from - tilt, to: seen.to + tilt }
  const k = (slopes.from + slopes.to) / 2
  const here = hull(all.map(reading => offsetInterval(reading, { from: k, to: k })))
  const ms = (here.from + here.to) / 2
  const offsets = hull(all.map(reading => offsetInterval(reading, slopes)))
  return { k, ms, withinK: (slopes.to - slopes.from) / 2, withinMs: Math.max(offsets.to - ms, ms - offsets.from) }
}

/**
 * How far the line leans where all points at one keep-alive are off together: timers that fire late there, all of them, can't be told from a
 * steeper line. What all of them are off by, the best dated of them is too. One end knows nothing of the other, so that their squares add up.
 */
function tiltOf(points: readonly DatedPoint[]): number {
  const groups = byX(points)
  const offMs = greatest([...groups.values()].map(own => least(own.map(vagueness)) / 2))
  return (Math.SQRT2 * offMs) / range([...groups.keys()])
}

/** That points which hang on nothing but chance lie in order of their x, all of them, up or down: then even the range misses the truth. */
function chanceOfOrder(counts: readonly number[]): number {
  let [chance, seen] = [2, 0]
  for (const count of counts) for (let i = 1; i <= count; i++) chance *= i / ++seen
  return chance
}

function slopeInterval(points: readonly Point[], counts: readonly number[]): Interval {
  const slopes = points.flatMap(a => points.filter(b => b.x > a.x).map(b => (b.y - a.y) / (b.x - a.x)))
  const rank = Math.max(1, Math.floor((slopes.length - Z * Math.sqrt(kendallVariance(points.length, counts))) / 2))
  return between(slopes, rank)
}

/** Of Kendall's S, with as many ties in x as there are points at one keep-alive. */
const kendallVariance = (count: number, ties: readonly number[]): number =>
  (variance(count) - ties.reduce((total, tie) => total + variance(tie), 0)) / 18
const variance = (n: number): number => n * (n - 1) * (2 * n + 5)

/** The offset is the lower, the steeper the line. */
function offsetInterval(points: readonly Point[], k: Interval): Interval {
  const rank = medianRank(points.length)
  const left = (slope: number) => points.map(({ x, y }) => y - slope * x)
  return { from: between(left(k.to), rank).from, to: between(left(k.from), rank).to }
}

/** The sign test: between the values of this rank from below and from above the true median lies in 99 of 100, of few values in all that can be. */
function medianRank(count: number): number {
  let [below, term, rank] = [0, 0.5 ** count, 0]
  for (;;) {
    below += term
    if (2 * below > 1 - CONFIDENCE || rank >= count / 2) return Math.max(1, rank)
    rank++
    term *= (count + 1 - rank) / rank
  }
}

/** From the value of this rank from below, the first being 1, to that from above. */
function between(values: readonly number[], rank: number): Interval {
  const sorted = ascending(values)
  return { from: sorted.at(rank - 1) ?? Number.NaN, to: sorted.at(-rank) ?? Number.NaN }
}
