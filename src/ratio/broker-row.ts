import { falseAlarms, head, partnersOf } from './client-row.ts'
import { byX, fitMedians, greatest, least, narrowestStrip, type Point, quantile, range, residuals } from './fit.ts'
import type { Fit } from './measured.ts'
import { scanPeriodMs } from './period.ts'
import type { Outcome } from './play.ts'
import { drawn, goodOf, keepalivePoints, pointsOf, rounded, tenth } from './points.ts'
import type { PeerRow } from './table.ts'

/** Below this a broker has no granularity of its own: what is left is what the machine adds, and outliers are no measure of it. */
const FINE_MS = 500
const FINE_PART = 0.05
/** How far the greatest that was seen may lie from the greatest that there is. */
const ALLOWED_MISS_MS = 300

/** All that was seen of one broker, over all of its clients, silent ones included. */
export function brokerRow(name: string, planned: readonly Outcome[]): PeerRow {
  const cuts = planned.filter(({ job }) => job.kind === 'cut' || job.kind === 'silent')
  const silent = goodOf(planned.filter(({ job }) => job.kind === 'silent'))
  const points = pointsOf(goodOf(cuts), 'broker')
  const line = drawn(cuts, 'broker')
  const edge = 'fit' in line ? lowerEdge(points) : undefined
  const grain = edge && granularity(points, edge)
  // On one broker and one clock; and only here did the clients come evenly spread.
  const scanMs = scanPeriodMs(
    silent.flatMap(({ outcome: { zeroMs }, sample }) =>
      zeroMs === undefined || typeof sample.broker === 'string' ? [] : [zeroMs + sample.broker.atMs],
    ),
  )
  return {
    ...head(name, 'broker', planned),
    samples: points.length,
    ...(edge ? { afterLastPacket: rounded(edge) } : {}),
    ...(grain && 'ms' in grain ? { granularityMs: tenth(grain.ms) } : {}),
    spreadMs: edge ? tenth(edge.spreadMs) : 0,
    ...(scanMs === undefined ? {} : { scanMs: Math.round(scanMs) }),
    ...('never' in line ? { never: true } : {}),
    points: [
      ...keepalivePoints(goodOf(ofTraffic(cuts, 'idle')), 'broker', 'idle'),
      ...keepalivePoints(goodOf(ofTraffic(cuts, 'publishing')), 'broker', 'publishing'),
    ],
    falseAlarms: falseAlarms(goodOf(planned), 'broker'),
    watchedMs: tenth(greatest([0, ...goodOf(cuts).map(({ sample }) => sample.watchedMs)])),
    ...partnersOf(cuts, 'broker'),
    doubts: [
      ...('doubt' in line ? [`after the last packet: ${line.doubt}`] : []),
      // Who asks for no silent clients does not ask for a granularity.
      ...(grain && 'doubt' in grain && silent.length > 0 ? [`granularity: ${grain.doubt}`] : []),
    ],
  }
}

const ofTraffic = (outcomes: readonly Outcome[], traffic: string): readonly Outcome[] =>
  outcomes.filter(({ job }) => job.traffic === traffic)

/**
 * The line below all points. Where a broker looks only now and then its closings fill a band, and the slope is that of the
 * narrowest strip around it. Without such a band the medians are the line.
 */
export function lowerEdge(points: readonly Point[]): Fit | undefined {
  const isBand = [...byX(points)].some(([, ys]) => range(ys) > FINE_MS)
  const k = isBand ? narrowestStrip(points) : fitMedians(points)?.k
  if (k === undefined) return undefined
  const left = residuals(points, { k, ms: 0 })
  // A packet that a busy machine dated late makes a close look early.
  return { k, ms: isBand ? least(left) : quantile(left, FINE_PART), spreadMs: range(left) }
}

/** How much later than the edge it may be. With few points in a wide band the latest is likely not among them. */
function granularity(points: readonly Point[], edge: Fit): { readonly ms: number } | { readonly doubt: string } {
  const late = residuals(points, edge)
  const mostMs = greatest(late)
  if (mostMs <= FINE_MS) return { ms: Math.max(0, quantile(late, 1 - FINE_PART)) }
  const missMs = (2 * mostMs) / Math.max(1, late.length - 1)
  if (missMs <= ALLOWED_MISS_MS) return { ms: mostMs }
  const seen = (mostMs / 1000).toFixed(1)
  return {
    doubt: `at least ${seen} s, but ${late.length} samples may miss ${(missMs / 1000).toFixed(1)} s of it (--broker-samples)`,
  }
}
