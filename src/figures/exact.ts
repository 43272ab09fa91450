import type { RatioFit } from '../model/peer-figures.ts'
import { lineText, offAsShown, timeText } from './ratio-words.ts'

/** How far from the truth a figure may lie that is told without a doubt: of factors, and of offsets and granularities. */
export interface Tolerance {
  readonly k: number
  readonly ms: number
}

/** What a reader takes a figure for, and what a baseline is held to. */
export const TOLERANCE: Tolerance = { k: 0.02, ms: 300 }

/**
 * How much longer the longer one of two keep-alives is at which silent clients come, so that a broker which counts whole seconds, or steps
 * of its own, rounds both alike: 1.5 times 12 s are 18 s.
 */
export const LIFT_S = 12

/** How exactly a silent client's close has to be known at any keep-alive: a slope is taken over the lift, which is no shorter than this. */
export const LIFTED_EXACT_MS = TOLERANCE.k * LIFT_S * 1000

/** The same at this keep-alive, over which the lift reaches: from 24 s on an offset allows more. */
export const liftedExactMs = (keepaliveS: number): number => Math.max(LIFTED_EXACT_MS, OFFSET_K * keepaliveS * 1000)

/**
 * Of a keep-alive in production so much of an offset is nothing: 0.6 s of a minute. From 30 s on it is more than `TOLERANCE.ms`, which is
 * what can be seen of keep-alives of some seconds.
 */
const OFFSET_K = 0.01

/** What is allowed of offsets and granularities where the shortest keep-alive is this one. */
export const offsetMs = (keepaliveS: number): number => Math.max(TOLERANCE.ms, OFFSET_K * keepaliveS * 1000)

/** How exactly a single detection has to be known at a keep-alive: as exactly as what is made of it. */
export const exactMs = (keepaliveS: number): number => Math.min(TOLERANCE.k * keepaliveS * 1000, offsetMs(keepaliveS))

/** Why a line can't be told as a figure; `undefined` where it is exact. `shortestS`: the shortest keep-alive that it was measured at. */
export const inexact = (line: RatioFit, shortestS: number): string | undefined =>
  offAsShown(line) <= TOLERANCE.k + EXACT_ROUNDING && line.withinMs <= offsetMs(shortestS)
    ? undefined
    : `${lineText(line)} is no better known; a figure takes ±${TOLERANCE.k}K ±${timeText(offsetMs(shortestS))}`

/** 1.52 - 1.5 is a little more than 0.02. */
export const EXACT_ROUNDING = 1e-9
