import { bandOf, liftOf } from './band.ts'
import { falseAlarms, head, partnersOf, whyNot } from './client-row.ts'
import { inexact, TOLERANCE } from './exact.ts'
import { type Drawn, drawn, goodOf, keepalivePoints, keepalivesOf, pointsOf, rounded, tenth, toDraw } from './points.ts'
import { greatest, scanPeriodMs } from './ratio-fit.ts'
import type { PlayedPair } from './ratio-play.ts'
import type { RatioRow } from './ratio-table.ts'
import { FIGURES, timeText, timeWithin } from './ratio-words.ts'
import { isDetection } from './sample.ts'

/** All that was seen of one broker, over all of its clients, silent ones included. */
export function brokerRow(name: string, planned: readonly PlayedPair[]): RatioRow {
  const cuts = planned.filter(({ job }) => job.kind === 'cut' || job.kind === 'silent')
  const silent = planned.filter(({ job }) => job.kind === 'silent')
  // Only the silent clients come evenly spread, on one broker and one clock, and at lifted keep-alives.
  const { line, grain } = silent.length > 0 ? banded(cuts, silent) : { line: unrounded(cuts), grain: undefined }
  const scanMs = scanPeriodMs(
    goodOf(silent).flatMap(({ outcome: { zeroMs }, sample: { broker } }) =>
      zeroMs === undefined || !isDetection(broker) ? [] : [zeroMs + broker.atMs],
    ),
  )
  return {
    ...head(name, 'broker', planned),
    samples: pointsOf(goodOf(cuts), 'broker').length,
    ...('fit' in line ? { afterLastPacket: line.fit } : {}),
    ...(grain && 'ms' in grain
      ? { granularityMs: tenth(grain.ms), granularityWithinMs: Math.ceil(grain.withinMs * 10 + 1) / 10 }
      : {}),
    spreadMs: 'fit' in line ? line.fit.spreadMs : 0,
    ...(scanMs === undefined ? {} : { scanMs: Math.round(scanMs) }),
    ...('never' in line ? { never: true } : {}),
    points: [
      ...keepalivePoints(goodOf(ofTraffic(cuts, 'idle')), 'broker', 'idle'),
      ...keepalivePoints(goodOf(ofTraffic(cuts, 'publishing')), 'broker', 'publishing'),
    ],
    falseAlarms: falseAlarms(goodOf(planned), 'broker'),
    watchedMs: tenth(greatest([0, ...goodOf(cuts).map(({ sample }) => sample.watchedMs)])),
    ...partnersOf(cuts, 'broker'),
    ...whyNot([
      [FIGURES.afterLastPacket, line],
      [FIGURES.granularity, grain && !('ms' in grain) ? grain : undefined],
    ]),
  }
}

const ofTraffic = (outcomes: readonly PlayedPair[], traffic: string): readonly PlayedPair[] =>
  outcomes.filter(({ job }) => job.traffic === traffic)

type Grain =
  | { readonly ms: number; readonly withinMs: number }
  | { readonly varies: string }
  | { readonly doubt: string }

const MORE = '(--broker-samples, longer keep-alives)'

function banded(
  cuts: readonly PlayedPair[],
  silent: readonly PlayedPair[],
): { readonly line: Drawn; readonly grain?: Grain } {
  const given = toDraw(cuts, 'broker')
  if (!('runs' in given)) return 'doubt' in given ? { line: given, grain: given } : { line: given }
  const band = bandOf(pointsOf(given.runs, 'broker'), liftOf(keepalivesOf(silent).map(each => each * 1000)))
  if (typeof band === 'string') return { line: { doubt: band }, grain: { doubt: band } }
  const doubt = inexact(band.line)
  return {
    line: doubt === undefined ? { fit: rounded(band.line) } : { doubt: `${doubt} ${MORE}` },
    grain: exactly(band.granularity),
  }
}

function exactly(grain: Grain): Grain {
  if (!('ms' in grain) || grain.withinMs <= TOLERANCE.ms) return grain
  const known = `${timeWithin(grain.ms, grain.withinMs)} is no better known`
  return { doubt: `${known}; a figure takes ±${timeText(TOLERANCE.ms)} ${MORE}` }
}

/** Brokers that count whole seconds round 1.5K. At two keep-alives, and no lifted ones, that would pass for a slope. */
const LEAST_KEEPALIVES = 3

function unrounded(cuts: readonly PlayedPair[]): Drawn {
  const line = drawn(cuts, 'broker')
  if (!('fit' in line) || keepalivesOf(cuts).length >= LEAST_KEEPALIVES) return line
  return { doubt: 'two keep-alives do not tell a factor from whole seconds (--broker-samples, a third keep-alive)' }
}
