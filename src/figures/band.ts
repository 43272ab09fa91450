/**
 * What a broker does whose closings fill a band above its deadline, since it looks for silent clients only now and then: the
 * lower edge, and how wide the band is. One that closes on time has a band next to no width.
 *
 * - Each keep-alive has its own edges, at the second of its closings from below and from above: one that the machine dated wrongly
 *   is no edge, and so is none of a few that lie apart from all others.
 * - The slope is taken between a keep-alive and the same one lifted by a multiple of 12 s. A broker that counts whole seconds, or
 *   rounds to its own steps, rounds both of them alike: 1.5 times 12 s are 18 s, a whole multiple of 1, 2, 3, 6 and 9 s.
 *   Between other keep-alives half a second of rounding would pass for a slope.
 */

import type { RatioFit } from '../model/peer-figures.ts'
import { median } from '../text/median.ts'
import { TOLERANCE } from './exact.ts'
import {
  ascending,
  byX,
  type DatedPoint,
  greatest,
  hull,
  type Interval,
  least,
  type Point,
  quantile,
  range,
  readings,
  residuals,
  selections,
  sum,
} from './ratio-fit.ts'

export interface Band {
  /** The lower edge. */
  readonly line: RatioFit
  /** How much later than that it may be; `varies` where that grows with the keep-alive. */
  readonly granularity: { readonly ms: number; readonly withinMs: number } | { readonly varies: string }
}

/** Fewer closings at one keep-alive show no edge. */
const LEAST_CLOSINGS = 8
/** Two pairs, of both edges. */
const LEAST_PAIRS = 2
/** Of the outermost closings so many are passed over: an edge that rests on one of them would rest on chance. */
const PASSED_OVER = 1
/** Of those next to an edge, so many say how far apart they are there. */
const NEIGHBOURS = 10
/** A closing that is so much farther from its neighbour than is usual does not belong to the band. */
const [APART_MS, APART_GAPS, APART_PART] = [20, 6, 0.1]
/** Where more lie apart, they are no outliers. */
const CORE_PART = 0.8
/**
 * How many times its own error an interval reaches; held by simulation, test/figures/truth.test.ts. A lower edge is only ever approached:
 * looks that are late by a tenth of a second thin the band out there, so that the true edge lies below rather than above.
 */
const [OF_SLOPE, OF_WIDTH, BELOW, ABOVE] = [3, 2, 3, 1]
/** Slopes that differ by more than so many of their errors are not of one line. */
const DISAGREE = 5

/** Or why there is none. The spread is that of all points. */
export function bandOf(points: readonly DatedPoint[], liftMs: number | undefined): Band | string {
  const bands = selections(points).flatMap(selected =>
    liftMs === undefined ? [] : (bandThrough(selected, liftMs) ?? []),
  )
  const [first] = bands
  if (!first)
    return `too few closings that count at each keep-alive; ${LEAST_CLOSINGS} are the least (--broker-samples)`
  const { line, granularity } = bands.reduce((a, b) => (b.line.withinMs < a.line.withinMs ? b : a), first)
  return { line: { ...line, spreadMs: range(residuals(points, line)) }, granularity }
}

function bandThrough(points: readonly DatedPoint[], liftMs: number): Band | undefined {
  const bands = readings(points).flatMap(reading => bandIn(reading, liftMs) ?? [])
  if (bands.length === 0) return undefined
  const k = middleOf(bands.map(({ k }) => k))
  const ms = middleOf(bands.map(({ ms }) => ms))
  const growing = bands.flatMap(({ width }) => (typeof width === 'string' ? [width] : []))[0]
  const widths = bands.flatMap(({ width }) => (typeof width === 'string' ? [] : [width]))
  const width = middleOf(widths.map(each => asDated(each, points)))
  return {
    line: { k: k.value, withinK: k.within, ms: ms.value, withinMs: ms.within, spreadMs: 0 },
    granularity: growing === undefined ? { ms: width.value, withinMs: width.within } : { varies: growing },
  }
}

/** Of a band that vague dates widened: by nearly as much as any of them may be off. And none of them is better than the best. */
function asDated({ from, to }: Interval, points: readonly DatedPoint[]): Interval {
  const off = points.map(({ minusMs, plusMs }) => minusMs + plusMs)
  return { from: Math.max(0, from - quantile(off, NEARLY_ALL)), to: to + least(off) }
}
const NEARLY_ALL = 0.95

function middleOf(intervals: readonly Interval[]): { readonly value: number; readonly within: number } {
  const { from, to } = hull(intervals)
  return { value: (from + to) / 2, within: (to - from) / 2 }
}

/**
 * The band of one reading of the points: the lower edge, and the width or that it grows with the keep-alive. What the two keep-alives
 * of a pair disagree about an edge, beyond the slope, may be the fault of either: clients that were held up leave holes.
 */
interface BandIn {
  readonly k: Interval
  readonly ms: Interval
  readonly width: Interval | string
}

function bandIn(points: readonly Point[], liftMs: number): BandIn | undefined {
  const edges = [...byX(points)].flatMap(
    ([x, own]) =>
      edgeOf(
        x,
        own.map(({ y }) => y),
      ) ?? [],
  )
  const pairs = edges.flatMap(from => {
    const to = edges.find(({ x }) => x === from.x + liftMs)
    return to ? [{ from, to }] : []
  })
  if (pairs.length < LEAST_PAIRS) return undefined
  const errorMs = errorOf(edges)
  const { k, withinK, isOne } = slopeOf(slopesOf(pairs, liftMs), errorMs / liftMs, TOLERANCE.ms / liftMs)
  const bands = pairs.map(({ from, to }) => ({
    x: (from.x + to.x) / 2,
    low: middleOf([at(from.low - k * from.x), at(to.low - k * to.x)]),
    high: middleOf([at(from.high - k * from.x), at(to.high - k * to.x)]),
  }))
  const lowest = bands.reduce((a, b) => (b.low.value < a.low.value ? b : a))
  const highest = bands.reduce((a, b) => (b.high.value > a.high.value ? b : a))
  const [below, above] = [BELOW, ABOVE].map(
    times => Math.hypot(times * errorMs, withinK * lowest.x) + lowest.low.within,
  )
  const width = Math.max(0, highest.high.value - lowest.low.value)
  return {
    k: around(k, withinK),
    ms: { from: lowest.low.value - (below ?? 0), to: lowest.low.value + (above ?? 0) },
    width: isOne
      ? around(width, OF_WIDTH * errorMs + lowest.low.within + highest.high.within)
      : growing(edges, { k, ms: lowest.low.value }),
  }
}

const at = (value: number): Interval => ({ from: value, to: value })
const around = (value: number, within: number): Interval => ({ from: value - within, to: value + within })

interface Edge {
  readonly x: number
  readonly low: number
  readonly high: number
  /** How far its closings lie apart next to each edge, and what passing over more of them would have changed. */
  readonly gapsMs: readonly number[]
  readonly changesMs: readonly number[]
}

interface Pair {
  readonly from: Edge
  readonly to: Edge
}

function edgeOf(x: number, closings: readonly number[]): Edge | undefined {
  if (closings.length < LEAST_CLOSINGS) return undefined
  const core = coreOf(ascending(closings))
  const mirrored = core.map(y => -y).reverse()
  const [low, high] = [core, mirrored].map(values => ({
    near: beyond(values, PASSED_OVER),
    far: beyond(values, 3 * PASSED_OVER),
  }))
  if (!low || !high) return undefined
  return {
    x,
    low: low.near.edge,
    high: -high.near.edge,
    gapsMs: [low.near.gapMs, high.near.gapMs],
    changesMs: [low.near.edge - low.far.edge, high.near.edge - high.far.edge],
  }
}

/** From the median outwards, up to the first that lies apart. */
function coreOf(sorted: readonly number[]): readonly number[] {
  const gaps = sorted.slice(1).map((y, i) => y - (sorted[i] ?? y))
  const tenth = Math.round(0.1 * (sorted.length - 1))
  const bulk = (sorted.at(-1 - tenth) ?? 0) - (sorted[tenth] ?? 0)
  const apartMs = Math.max(APART_MS, APART_GAPS * median(gaps), APART_PART * bulk)
  const middle = Math.floor(sorted.length / 2)
  const first = gaps.findLastIndex((gap, i) => i < middle && gap > apartMs) + 1
  const last = gaps.findIndex((gap, i) => i >= middle && gap > apartMs)
  const core = sorted.slice(first, last === -1 ? undefined : last + 1)
  return core.length >= CORE_PART * sorted.length ? core : sorted
}

/** Where the band begins, so many gaps below the first that is not passed over. */
function beyond(sorted: readonly number[], passedOver: number): { readonly edge: number; readonly gapMs: number } {
  const first = sorted[passedOver] ?? Number.NaN
  const neighbours = Math.max(1, Math.min(NEIGHBOURS, sorted.length - 1 - 2 * passedOver))
  const gapMs = ((sorted[passedOver + neighbours] ?? first) - first) / neighbours
  return { edge: first - passedOver * gapMs, gapMs }
}

/** How far an edge may lie from where it is. */
const errorOf = (edges: readonly Edge[]): number =>
  Math.max(median(edges.flatMap(({ gapsMs }) => gapsMs)), rootMeanSquare(edges.flatMap(({ changesMs }) => changesMs)))

const rootMeanSquare = (values: readonly number[]): number =>
  Math.sqrt(sum(values.map(value => value ** 2)) / values.length)

interface Slopes {
  readonly low: readonly number[]
  readonly high: readonly number[]
}

const slopesOf = (pairs: readonly Pair[], liftMs: number): Slopes => ({
  low: pairs.map(({ from, to }) => (to.low - from.low) / liftMs),
  high: pairs.map(({ from, to }) => (to.high - from.high) / liftMs),
})

/** Of both edges where they are parallel, else of the lower one. Slopes that differ among themselves are as uncertain as that. */
function slopeOf({ low, high }: Slopes, error: number, leastGrowth: number) {
  const within = (slopes: readonly number[]): number => {
    const sorted = ascending(slopes)
    const inner = sorted.length >= 6 ? sorted.slice(1, -1) : sorted
    const apart = range(inner)
    return Math.max((OF_SLOPE * error) / Math.sqrt(slopes.length), apart > DISAGREE * error ? apart / 2 : 0)
  }
  const isOne = Math.abs(median(low) - median(high)) <= Math.max(2 * within(low), 2 * within(high), leastGrowth)
  const slopes = isOne ? [...low, ...high] : low
  return { k: median(slopes), withinK: within(slopes), isOne }
}

/** `it grows with K: 2.0 s at K = 2 s, 9.1 s at K = 16 s`. */
function growing(edges: readonly Edge[], { k, ms }: Pick<RatioFit, 'k' | 'ms'>): string {
  const widths = [edges[0], edges.at(-1)].flatMap(edge =>
    edge ? [`${((edge.high - k * edge.x - ms) / 1000).toFixed(1)} s at K = ${edge.x / 1000} s`] : [],
  )
  return `it grows with K: ${widths.join(', ')}`
}

/** How far the keep-alives of silent clients are lifted: they come in two halves, each of the first once more in the second. */
export function liftOf(keepalives: readonly number[]): number | undefined {
  const sorted = ascending([...new Set(keepalives)])
  const half = sorted.length / 2
  const lifts = sorted.slice(0, half).map((x, i) => (sorted[half + i] ?? Number.NaN) - x)
  return half > 0 && Number.isInteger(half) && least(lifts) === greatest(lifts) ? lifts[0] : undefined
}
