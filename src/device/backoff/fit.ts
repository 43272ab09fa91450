/** Rules that a row of gaps may follow. */

type Tolerance = (gapMs: number) => number

export interface ExponentialFit {
  readonly factor: number
  /** The ceiling, where it was reached. */
  readonly capMs?: number
  /** The largest miss, as a part of what is tolerated: 0 is exact, 1 is the limit. */
  readonly misfit: number
}

export interface LinearFit {
  readonly stepMs: number
  readonly misfit: number
}

/** At least so many gaps that rise, or any rule fits. */
const LEAST_RISING = 3
/** A smaller one is no backoff. */
const LEAST_FACTOR = 1.2

/** Each gap the same multiple of the one before, until a ceiling; the step onto the ceiling may be a smaller one. */
export function fitExponential(gapsMs: readonly number[], tolerance: Tolerance): ExponentialFit | undefined {
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
  if (factor < LEAST_FACTOR) return undefined
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
export function fitLinear(gapsMs: readonly number[], tolerance: Tolerance): LinearFit | undefined {
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

export interface Trend {
  /** By which the gaps grow from one to the next, on the whole. */
  readonly factor: number
  /** How many standard errors the growth is away from none. */
  readonly significance: number
}

/** A straight line through the logarithms. What is shorter than `leastMs` is no longer told apart. */
export function trendOf(gapsMs: readonly number[], leastMs: number): Trend {
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
