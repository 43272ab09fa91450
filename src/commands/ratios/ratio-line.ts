/**
 * The line through detections at several keep-alives, and between which lines the true one lies.
 *
 * Nothing is known of how a busy machine spreads them, but that it does so whatever the keep-alive. So the slope is taken from
 * ranks: Theil-Sen's, with the interval that Sen gave it (P. K. Sen, "Estimates of the Regression Coefficient Based on Kendall's
 * Tau", JASA 63 (1968), §5): of the slopes between any two points, those that Kendall's tau can't tell from the true one. The
 * offset is that of the sign test for the median of what is left. Dates are intervals, so there is more than one reading of
 * the points; the interval holds what comes of each.
 */

import type { Fit } from './measured.ts'
import {
  ascending,
  byX,
  type DatedPoint,
  hull,
  type Interval,
  type Point,
  range,
  readings,
  residuals,
  selections,
} from './ratio-fit.ts'

/** Two-sided, 99 in 100, of the normal distribution. */
const Z = 2.576
const CONFIDENCE = 0.99
/** Where the whole range of what is seen holds the truth less often than this, nothing can be said. */
const LEAST_CONFIDENCE = 0.95

/** `undefined` where there are too few points for a line that holds the truth in 95 of 100. The spread is that of all points. */
export function lineThrough(points: readonly DatedPoint[]): Fit | undefined {
  const lines = selections(points).flatMap(selected => lineThroughAll(selected) ?? [])
  const [first] = lines
  if (!first) return undefined
  const best = lines.reduce((a, b) => (b.withinK < a.withinK ? b : a), first)
  return { ...best, spreadMs: range(residuals(points, best)) }
}

function lineThroughAll(points: readonly DatedPoint[]): Omit<Fit, 'spreadMs'> | undefined {
  const counts = [...byX(points).values()].map(({ length }) => length)
  if (counts.length < 2 || 1 - chanceOfOrder(counts) < LEAST_CONFIDENCE) return undefined
  const all = readings(points)
  const slopes = hull(all.map(reading => slopeInterval(reading, counts)))
  const k = (slopes.from + slopes.to) / 2
  const here = hull(all.map(reading => offsetInterval(reading, { from: k, to: k })))
  const ms = (here.from + here.to) / 2
  const offsets = hull(all.map(reading => offsetInterval(reading, slopes)))
  return { k, ms, withinK: (slopes.to - slopes.from) / 2, withinMs: Math.max(offsets.to - ms, ms - offsets.from) }
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
