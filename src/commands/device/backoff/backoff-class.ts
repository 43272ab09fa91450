/**
 * How a client spaces its attempts, told from the gaps between them. Pure.
 *
 * A gap is never exactly what was programmed: the network, a TLS handshake and the client's own timer add to it. So two gaps
 * are the same where they differ by no more than `toleranceMs`. What goes up and down by more than that was meant to: jitter.
 */
import { median } from '../../../text/median.ts'
import { seconds } from '../../../text/words.ts'
import type { Remark } from '../step.ts'

export type BackoffClass =
  /** Each gap the same multiple of the last, up to a ceiling or not. */
  | { readonly kind: 'exponential'; readonly factor: number; readonly capMs?: number }
  /** Growing by a factor on the whole, and scattered. */
  | { readonly kind: 'exponential-jitter'; readonly factor: number }
  /** Each gap longer by the same amount. */
  | { readonly kind: 'linear'; readonly stepMs: number }
  | { readonly kind: 'constant'; readonly everyMs: number }
  /** Scattered, and not growing. */
  | { readonly kind: 'scattered'; readonly everyMs: number }
  /** Hardly any delay. */
  | { readonly kind: 'immediate'; readonly everyMs: number }

/** Half of that is normal for a client that reconnects over TLS on a slow network. */
export const toleranceMs = (gapMs: number): number => 0.1 * gapMs + 150

/** Quicker than that no server recovers. */
const IMMEDIATE_MS = 500

/** Below four gaps nothing can be told: any three numbers grow somehow. */
const LEAST_GAPS = 4

/** `undefined` where there are too few gaps. */
export function classify(gapsMs: readonly number[]): BackoffClass | undefined {
  if (gapsMs.length < LEAST_GAPS) return undefined
  const everyMs = median(gapsMs)
  if (Math.max(...gapsMs) < IMMEDIATE_MS) return { kind: 'immediate', everyMs }
  if (gapsMs.every(gap => Math.abs(gap - everyMs) <= toleranceMs(everyMs))) return { kind: 'constant', everyMs }
  return steady(gapsMs) ?? unsteady(gapsMs, everyMs)
}

/** Of the two rules that are steady, the one that fits better. */
function steady(gapsMs: readonly number[]): BackoffClass | undefined {
  const exponential = fitExponential(gapsMs, toleranceMs)
  const linear = fitLinear(gapsMs, toleranceMs)
  if (exponential && (!linear || exponential.misfit <= linear.misfit)) {
    const { factor, capMs } = exponential
    return { kind: 'exponential', factor, ...(capMs === undefined ? {} : { capMs }) }
  }
  return linear && { kind: 'linear', stepMs: linear.stepMs }
}

/** Growth that chance alone would hardly bring about: 1.8 standard errors, and a factor worth the name. */
const TELLING = 1.8
const LEAST_FACTOR = 1.2

function unsteady(gapsMs: readonly number[], everyMs: number): BackoffClass {
  const { factor, significance } = trendOf(gapsMs, 2 * toleranceMs(0))
  if (significance >= TELLING && factor >= LEAST_FACTOR) return { kind: 'exponential-jitter', factor }
  return { kind: everyMs < IMMEDIATE_MS ? 'immediate' : 'scattered', everyMs }
}

const ADVICE =
  'wait twice as long after each failure, up to a minute or more, and draw each wait at random (full jitter): a fleet that comes back in step keeps its broker down'

const KINDS: Readonly<
  Record<BackoffClass['kind'], { readonly result: 'pass' | 'warning' | 'fail'; readonly why: string }>
> = {
  'exponential-jitter': { result: 'pass', why: '' },
  exponential: { result: 'warning', why: 'without jitter, so devices that were cut off together come back together' },
  linear: { result: 'warning', why: 'which grows too slowly for a long outage, and without jitter' },
  scattered: { result: 'warning', why: 'which spreads a fleet, but never eases off in a long outage' },
  constant: {
    result: 'fail',
    why: 'the same pace however long the outage: a whole fleet goes on hammering its broker',
  },
  immediate: { result: 'fail', why: 'hardly any delay: each device hammers a server that is down' },
}

/** What this way of coming back is worth. */
export function backoffRemark(found: BackoffClass, attempts: number): Remark {
  const { result, why } = KINDS[found.kind]
  const text = `${describe(found)}${why === '' ? '' : `, ${why}`} (${attempts} attempts)`
  return { result, text, figure: describe(found), ...(result === 'pass' ? {} : { advice: ADVICE }) }
}

function describe(found: BackoffClass): string {
  switch (found.kind) {
    case 'exponential':
      return `exponential, factor ${found.factor.toFixed(1)}${found.capMs === undefined ? '' : ` up to ${seconds(found.capMs)}`}`
    case 'exponential-jitter':
      return `exponential with jitter, factor ${found.factor.toFixed(1)}`
    case 'linear':
      return `linear, ${seconds(found.stepMs)} more each time`
    case 'scattered':
      return `random delays of about ${seconds(found.everyMs)}`
    case 'constant':
      return `constant delay of ${seconds(found.everyMs)}`
    case 'immediate':
      return `a new attempt every ${seconds(found.everyMs)}`
  }
}

/** Rules that a row of gaps may follow. */

type Tolerance = (gapMs: number) => number

interface ExponentialFit {
  readonly factor: number
  /** The ceiling, where it was reached. */
  readonly capMs?: number
  /** The largest miss, as a part of what is tolerated: 0 is exact, 1 is the limit. */
  readonly misfit: number
}

interface LinearFit {
  readonly stepMs: number
  readonly misfit: number
}

/** At least so many gaps that rise, or any rule fits. */
const LEAST_RISING = 3
/** A smaller one is no backoff. */
const FIT_LEAST_FACTOR = 1.2

/** Each gap the same multiple of the one before, until a ceiling; the step onto the ceiling may be a smaller one. */
function fitExponential(gapsMs: readonly number[], tolerance: Tolerance): ExponentialFit | undefined {
  const { rising, capMs } = splitAtCap(gapsMs, tolerance)
  return (
    fitAll(rising, tolerance, capMs) ??
    // The last gap that rises may have been cut short by a ceiling that was reached only then.
    fitCut(rising, tolerance, capMs)
  )
}

function fitAll(rising: readonly number[], tolerance: Tolerance, capMs?: number): ExponentialFit | undefined {
  const [first, last] = [rising[0], rising.at(-1)]
  if (rising.length < LEAST_RISING || !first || !last) return undefined
  const factor = (last / first) ** (1 / (rising.length - 1))
  if (factor < FIT_LEAST_FACTOR) return undefined
  const misfit = largestMiss(rising, gap => factor * gap, tolerance)
  return misfit <= 1 ? { factor, misfit, ...(capMs === undefined ? {} : { capMs }) } : undefined
}

function fitCut(rising: readonly number[], tolerance: Tolerance, capMs?: number): ExponentialFit | undefined {
  // A ceiling that was met only once is a guess, so the rest has to be clear.
  if (capMs === undefined && rising.length <= LEAST_RISING + 1) return undefined
  const last = rising.at(-1) ?? 0
  const beforeLast = rising.at(-2) ?? 0
  const fit = fitAll(rising.slice(0, -1), tolerance)
  return fit && last <= fit.factor * beforeLast + tolerance(last) ? { ...fit, capMs: capMs ?? last } : undefined
}

/** Each gap longer than the one before by the same amount, until a ceiling. */
function fitLinear(gapsMs: readonly number[], tolerance: Tolerance): LinearFit | undefined {
  const { rising } = splitAtCap(gapsMs, tolerance)
  const [first, last] = [rising[0], rising.at(-1)]
  if (rising.length < LEAST_RISING || first === undefined || last === undefined) return undefined
  const stepMs = (last - first) / (rising.length - 1)
  if (stepMs <= 0) return undefined
  const misfit = largestMiss(rising, gap => gap + stepMs, tolerance)
  return misfit <= 1 ? { stepMs, misfit } : undefined
}

/** The part that rises, up to and with the first gap at the ceiling; and the ceiling, where several gaps stand at it. */
function splitAtCap(gapsMs: readonly number[], tolerance: Tolerance) {
  const last = gapsMs.at(-1) ?? 0
  const below = gapsMs.findLastIndex(gap => Math.abs(gap - last) > tolerance(last))
  const atCap = gapsMs.slice(below + 1)
  if (atCap.length < 2) return { rising: gapsMs, capMs: undefined }
  return { rising: gapsMs.slice(0, below + 2), capMs: atCap.reduce((sum, gap) => sum + gap, 0) / atCap.length }
}

function largestMiss(gapsMs: readonly number[], next: (gapMs: number) => number, tolerance: Tolerance): number {
  const misses = gapsMs.slice(1).map((gap, i) => {
    const expected = next(gapsMs[i] ?? gap)
    return Math.abs(gap - expected) / tolerance(expected)
  })
  return Math.max(0, ...misses)
}

interface Trend {
  /** By which the gaps grow from one to the next, on the whole. */
  readonly factor: number
  /** How many standard errors the growth is away from none. */
  readonly significance: number
}

/** A straight line through the logarithms. What is shorter than `leastMs` is no longer told apart. */
function trendOf(gapsMs: readonly number[], leastMs: number): Trend {
  const logs = gapsMs.map(gap => Math.log(Math.max(gap, leastMs)))
  const n = logs.length
  const meanAt = (n - 1) / 2
  const meanLog = logs.reduce((sum, log) => sum + log, 0) / n
  const spread = logs.reduce((sum, _, i) => sum + (i - meanAt) ** 2, 0)
  const slope = logs.reduce((sum, log, i) => sum + (i - meanAt) * (log - meanLog), 0) / spread
  const residual = logs.reduce((sum, log, i) => sum + (log - meanLog - slope * (i - meanAt)) ** 2, 0)
  const error = Math.sqrt(residual / Math.max(1, n - 2) / spread)
  return { factor: Math.exp(slope), significance: error === 0 ? Infinity * Math.sign(slope) : slope / error }
}
