import { median } from '../model/median.ts'
import { fitMedians, greatest, least, type Point } from './fit.ts'
import type { RatioTraffic } from './job.ts'
import type { Fit } from './measured.ts'
import type { Outcome } from './play.ts'
import type { Detection, Sample } from './sample.ts'
import type { KeepalivePoint } from './table.ts'

/** A run that counts. */
export interface Good {
  readonly outcome: Outcome
  readonly sample: Sample
}

export const goodOf = (outcomes: readonly Outcome[]): readonly Good[] =>
  outcomes.flatMap(outcome => ('spoilt' in outcome.sample ? [] : [{ outcome, sample: outcome.sample }]))

export type Role = 'client' | 'broker'

const keepaliveMs = ({ outcome }: Good): number => outcome.job.keepaliveS * 1000

/** What this side did in these runs, as points over the keep-alive. */
export const pointsOf = (runs: readonly Good[], role: Role): readonly Point[] =>
  runs.flatMap(run => {
    const seen = run.sample[role]
    return typeof seen === 'string' ? [] : [{ x: keepaliveMs(run), y: seen.afterMs }]
  })

/** The same for the table: one for each keep-alive. */
export function keepalivePoints(runs: readonly Good[], role: Role, traffic: RatioTraffic): KeepalivePoint[] {
  const seen = runs.flatMap(run => {
    const detection = run.sample[role]
    return typeof detection === 'string' ? [] : [{ keepaliveS: run.outcome.job.keepaliveS, detection }]
  })
  const keepalivesS = [...new Set(seen.map(({ keepaliveS }) => keepaliveS))].sort((a, b) => a - b)
  return keepalivesS.map(keepaliveS => {
    const own = seen.filter(each => each.keepaliveS === keepaliveS).map(({ detection }) => detection)
    return { keepaliveS, traffic, count: own.length, ...spread(own) }
  })
}

function spread(detections: readonly Detection[]) {
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

/** A line, or that there is none to draw: nobody gave up, or too little can be relied on. */
export type Drawn = { readonly fit: Fit } | { readonly never: true } | { readonly doubt: string }

/** Of the runs planned at one keep-alive so many must count. */
const GOOD_PART = 1 / 2

/** The client's line through these runs. `planned`: how many there should be, those that were spoilt included. */
export function drawn(planned: readonly Outcome[], role: Role): Drawn {
  if (planned.length === 0) return { doubt: 'no run' }
  // What was lost before it could be cut says nothing of its detection.
  const runs = goodOf(planned).filter(({ sample }) => sample[role] !== 'unasked')
  const keepalivesS = [...new Set(planned.map(({ job }) => job.keepaliveS))].sort((a, b) => a - b)
  const short = keepalivesS.filter(
    keepaliveS =>
      at(runs, keepaliveS).length < GOOD_PART * planned.filter(({ job }) => job.keepaliveS === keepaliveS).length,
  )
  if (short.length > 0) return { doubt: shortage(planned, runs, short) }
  const nevers = runs.filter(({ sample }) => sample[role] === 'never')
  if (nevers.length === runs.length) return { never: true }
  if (nevers.length > 0) return { doubt: `gave up in ${runs.length - nevers.length} of ${runs.length} runs only` }
  const fit = fitMedians(pointsOf(runs, role))
  return fit ? { fit: rounded(fit) } : { doubt: 'detections at two keep-alives are needed for a line' }
}

const at = (runs: readonly Good[], keepaliveS: number): readonly Good[] =>
  runs.filter(({ outcome }) => outcome.job.keepaliveS === keepaliveS)

function shortage(planned: readonly Outcome[], runs: readonly Good[], keepalivesS: readonly number[]): string {
  const reasons = planned.flatMap(({ sample }) => ('spoilt' in sample ? [sample.reason] : []))
  const list = keepalivesS.map(keepaliveS => `${at(runs, keepaliveS).length} at K = ${keepaliveS} s`).join(', ')
  return `too few runs that count (${list}): ${mostFrequent(reasons) ?? 'the others were not played'}`
}

export function mostFrequent(texts: readonly string[]): string | undefined {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0]
}

/** More digits would only be noise. */
export const rounded = ({ k, ms, spreadMs }: Fit): Fit => ({
  k: Number(k.toFixed(4)),
  ms: tenth(ms),
  spreadMs: tenth(spreadMs),
})
export const tenth = (value: number): number => Number(value.toFixed(1))
