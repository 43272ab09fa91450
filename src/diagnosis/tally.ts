/** How many values there were, from which to which, and about how they lay; its memory is bounded whatever is added. */
export interface Spread {
  readonly count: number
  readonly leastMs: number
  readonly medianMs: number
  readonly mostMs: number
}

/** Buckets are 2 % wide, so that a median or a count above a limit is exact to 2 %; least and most are exact. */
const RATIO = Math.log(1.02)

/** A histogram of lengths of time, in milliseconds. */
export class Tally {
  /** Made with the first value: most clients of a large log never have one. */
  #buckets: Map<number, number> | undefined
  count = 0
  leastMs = Infinity
  mostMs = 0

  add(ms: number): void {
    const value = ms > 0 ? ms : 0
    this.count++
    if (value < this.leastMs) this.leastMs = value
    if (value > this.mostMs) this.mostMs = value
    const bucket = Math.round(Math.log(value + 1) / RATIO)
    this.#buckets ??= new Map()
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1)
  }

  addAll(other: Tally): void {
    this.#buckets ??= new Map()
    for (const [bucket, count] of other.#buckets ?? [])
      this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + count)
    this.count += other.count
    this.leastMs = Math.min(this.leastMs, other.leastMs)
    this.mostMs = Math.max(this.mostMs, other.mostMs)
  }

  /** How many were at least that long, to 2 %. */
  atLeast(ms: number): number {
    const from = Math.log(ms + 1) / RATIO - 1
    let count = 0
    for (const [bucket, each] of this.#buckets ?? []) if (bucket >= from) count += each
    return count
  }

  /** The value below which a part of them lies, to 2 %. */
  quantile(part: number): number {
    let left = Math.ceil(part * this.count)
    for (const bucket of [...(this.#buckets?.keys() ?? [])].toSorted((a, b) => a - b)) {
      left -= this.#buckets?.get(bucket) ?? 0
      if (left <= 0) return Math.min(this.mostMs, Math.max(this.leastMs, Math.exp(bucket * RATIO) - 1))
    }
    return this.mostMs
  }
}

/** Of values that are all there. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined
  const sorted = values.toSorted((a, b) => a - b)
  return {
    count: sorted.length,
    leastMs: sorted[0] ?? 0,
    medianMs: sorted[Math.floor((sorted.length - 1) / 2)] ?? 0,
    mostMs: sorted.at(-1) ?? 0,
  }
}

/** All but some outliers (one in four, where there are enough) lie within a part of the median, or within the slack. */
export function isSteady(values: readonly number[], part: number, slackMs: number): boolean {
  if (values.length < 3) return false
  const sorted = values.toSorted((a, b) => a - b)
  const out = sorted.length < 8 ? 0 : Math.floor(sorted.length / 4)
  const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
  const [low, high] = narrowest(sorted, sorted.length - out)
  return high - low <= Math.max(slackMs, part * median)
}

/** How far they lie apart, without outliers. */
export function widthOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const [low, high] = narrowest(sorted, sorted.length - Math.floor(sorted.length / 5))
  return high - low
}

/** The shortest stretch that holds so many of them. */
function narrowest(sorted: readonly number[], count: number): readonly [number, number] {
  let best: readonly [number, number] = [sorted[0] ?? 0, sorted.at(-1) ?? 0]
  for (let from = 0; from + count <= sorted.length; from++) {
    const pair = [sorted[from] ?? 0, sorted[from + count - 1] ?? 0] as const
    if (pair[1] - pair[0] < best[1] - best[0]) best = pair
  }
  return best
}
