import type { RatioFit } from '../model/peer-figures.ts'
import { median } from '../text/median.ts'
import { inexact } from './exact.ts'
import type { KeepalivePoint } from './peer-row.ts'
import { type DatedPoint, greatest, least, lineThrough, quantile, residuals } from './ratio-fit.ts'
import type { RatioTraffic } from './ratio-plan.ts'
import type { PlayedPair } from './ratio-play.ts'
import { lineText, timeText } from './ratio-words.ts'
import { isDetection, type Sample, type SampledDetection, type Stalled } from './sample.ts'

/** A run that counts. */
export interface Good {
  readonly outcome: PlayedPair
  readonly sample: Sample
}

export const goodOf = (outcomes: readonly PlayedPair[]): readonly Good[] =>
  outcomes.flatMap(outcome => ('spoilt' in outcome.sample ? [] : [{ outcome, sample: outcome.sample }]))

export type Role = 'client' | 'broker'

const isStalled = (part: Sample['client'] | Sample['gaps'][number]): part is Stalled =>
  typeof part === 'object' && 'stalled' in part

/** What of a run can't be relied on, each with its reason: the whole of it, or parts. Pings count where a run is played for these. */
export function unreliable({ job, sample }: Pick<PlayedPair, 'job' | 'sample'>): readonly string[] {
  if ('spoilt' in sample) return [sample.reason]
  const gaps = countsPings(job) ? sample.gaps : []
  return [sample.client, sample.broker, ...gaps].filter(isStalled).map(({ stalled }) => stalled)
}

export const countsPings = ({ kind, traffic }: PlayedPair['job']): boolean => kind === 'healthy' && traffic === 'idle'

const keepaliveMs = ({ outcome }: Good): number => outcome.job.keepaliveS * 1000

/** What this side did in these runs, as points over the keep-alive. */
export const pointsOf = (runs: readonly Good[], role: Role): readonly DatedPoint[] =>
  runs.flatMap(run => {
    const seen = run.sample[role]
    return isDetection(seen) ? [pointAt(run, seen)] : []
  })

/** From one PINGREQ to the next. */
export const gapPointsOf = (runs: readonly Good[]): readonly DatedPoint[] =>
  runs.flatMap(run => run.sample.gaps.flatMap(gap => ('stalled' in gap ? [] : [pointAt(run, gap)])))

const pointAt = (
  run: Good,
  { afterMs, minusMs, plusMs }: Pick<SampledDetection, 'afterMs' | 'minusMs' | 'plusMs'>,
): DatedPoint => ({
  x: keepaliveMs(run),
  y: afterMs,
  minusMs,
  plusMs,
})

/** The same for the table: one for each keep-alive. */
export function keepalivePoints(runs: readonly Good[], role: Role, traffic: RatioTraffic): KeepalivePoint[] {
  const seen = runs.flatMap(run => {
    const detection = run.sample[role]
    return isDetection(detection) ? [{ keepaliveS: run.outcome.job.keepaliveS, detection }] : []
  })
  const keepalivesS = [...new Set(seen.map(({ keepaliveS }) => keepaliveS))].sort((a, b) => a - b)
  return keepalivesS.map(keepaliveS => {
    const own = seen.filter(each => each.keepaliveS === keepaliveS).map(({ detection }) => detection)
    return { keepaliveS, traffic, count: own.length, ...spread(own) }
  })
}

function spread(detections: readonly SampledDetection[]) {
  const after = detections.map(({ afterMs }) => afterMs)
  const sinceCut = detections.map(({ afterCutMs }) => afterCutMs)
  return {
    leastMs: tenth(least(after)),
    medianMs: tenth(median(after)),
    greatestMs: tenth(greatest(after)),
    cutLeastMs: tenth(least(sinceCut)),
    cutGreatestMs: tenth(greatest(sinceCut)),
  }
}

/**
 * A line, or why there is none to tell: `never`, nobody gave up; `varies`, the peer keeps to none; `doubt`, too little can be
 * relied on, or what can be makes no exact figure.
 */
export type Drawn =
  | { readonly fit: RatioFit }
  | { readonly never: true }
  | { readonly varies: string }
  | { readonly doubt: string }

/** The line of one side through these runs. `planned`: how many there should be, those that were spoilt included. */
export function drawn(planned: readonly PlayedPair[], role: Role): Drawn {
  const given = toDraw(planned, role)
  return 'runs' in given ? figureOf(pointsOf(given.runs, role), '--phases') : given
}

/** Of the runs planned at one keep-alive so many must count. */
const GOOD_PART = 1 / 2

/** The runs that a line may be drawn through, or that there is none to draw. */
export function toDraw(
  planned: readonly PlayedPair[],
  role: Role,
): { readonly runs: readonly Good[] } | Exclude<Drawn, { fit: RatioFit }> {
  if (planned.length === 0) return { doubt: 'no run' }
  // What was lost before it could be cut says nothing of its detection.
  const asked = goodOf(planned).filter(({ sample }) => sample[role] !== 'unasked')
  const runs = asked.filter(({ sample }) => !isStalled(sample[role]))
  const short = keepalivesOf(planned).filter(
    keepaliveS =>
      countAt(runs, keepaliveS) < GOOD_PART * planned.filter(({ job }) => job.keepaliveS === keepaliveS).length,
  )
  if (short.length > 0) return { doubt: shortage(runs, short, reasonsOf(planned, role)) }
  const nevers = runs.filter(({ sample }) => sample[role] === 'never')
  if (nevers.length === runs.length) return { never: true }
  if (nevers.length > 0) return { doubt: `gave up in ${runs.length - nevers.length} of ${runs.length} runs only` }
  return { runs }
}

/** A client's ping rule, from its healthy runs. */
export function drawnPings(planned: readonly PlayedPair[]): Drawn {
  const points = gapPointsOf(goodOf(planned))
  if (points.length > 0 || planned.length === 0) return figureOf(points, '--phases')
  return { doubt: mostFrequent(planned.flatMap(unreliable)) ?? 'it was not seen to ping twice in one run' }
}

/** Twenty and eighty in a hundred of the detections lie further apart than this, and than their dates are known, where the peer spreads them. */
const OWN_SPREAD_MS = 400
const [LOWER, UPPER] = [0.2, 0.8]

/** A line as a figure, or why it is none. `more`: the option that makes for more points. */
function figureOf(points: readonly DatedPoint[], more: string): Drawn {
  const line = lineThrough(points)
  if (!line) {
    const at = keepalivesText(points)
    return { doubt: `${points.length} detections${at} are too few to know a line by in 95 of 100 (${more})` }
  }
  const left = residuals(points, line)
  const bulkMs = quantile(left, UPPER) - quantile(left, LOWER)
  if (bulkMs > OWN_SPREAD_MS + median(points.map(({ minusMs, plusMs }) => minusMs + plusMs)))
    return { varies: `no line holds its detections: most lie ${timeText(bulkMs)} apart around ${lineText(line)}` }
  const doubt = inexact(line, least(points.map(({ x }) => x)) / 1000)
  return doubt === undefined ? { fit: rounded(line) } : { doubt: `${doubt} (${more}, longer keep-alives)` }
}

const keepalivesText = (points: readonly DatedPoint[]): string => {
  const count = new Set(points.map(({ x }) => x)).size
  return count === 1 ? ' at one keep-alive' : ''
}

export const keepalivesOf = (planned: readonly PlayedPair[]): readonly number[] =>
  [...new Set(planned.map(({ job }) => job.keepaliveS))].sort((a, b) => a - b)

const countAt = (runs: readonly Good[], keepaliveS: number): number =>
  runs.filter(({ outcome }) => outcome.job.keepaliveS === keepaliveS).length

/** Why runs say nothing of this side. */
const reasonsOf = (planned: readonly PlayedPair[], role: Role): readonly string[] =>
  planned.flatMap(({ sample }) => {
    if ('spoilt' in sample) return [sample.reason]
    const side = sample[role]
    return isStalled(side) ? [side.stalled] : []
  })

function shortage(runs: readonly Good[], keepalivesS: readonly number[], reasons: readonly string[]): string {
  const list = keepalivesS.map(keepaliveS => `${countAt(runs, keepaliveS)} at K = ${keepaliveS} s`).join(', ')
  return `too few runs that count (${list}): ${mostFrequent(reasons) ?? 'the others were not played'}`
}

export function mostFrequent(texts: readonly string[]): string | undefined {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0]
}

/** More digits would only be noise. Margins are rounded up. */
export const rounded = ({ k, ms, withinK, withinMs, spreadMs }: RatioFit): RatioFit => ({
  k: Number(k.toFixed(4)),
  ms: tenth(ms),
  withinK: Math.ceil(withinK * 1e4 + 1) / 1e4,
  withinMs: Math.ceil(withinMs * 10 + 1) / 10,
  spreadMs: tenth(spreadMs),
})
export const tenth = (value: number): number => Number(value.toFixed(1))
