import { leastSquares } from './ratio-fit.ts'

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
