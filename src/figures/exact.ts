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

/** How exactly a silent client's close has to be known, whatever its keep-alive: a slope is taken over the lift. */
export const LIFTED_EXACT_MS = TOLERANCE.k * LIFT_S * 1000

/** How exactly a single detection has to be known at a keep-alive: as exactly as what is made of it. */
export const exactMs = (keepaliveS: number): number => Math.min(TOLERANCE.k * keepaliveS * 1000, TOLERANCE.ms)

/** Why a line can't be told as a figure; `undefined` where it is exact. */
export const inexact = (line: RatioFit): string | undefined =>
  offAsShown(line) <= TOLERANCE.k + EXACT_ROUNDING && line.withinMs <= TOLERANCE.ms
    ? undefined
    : `${lineText(line)} is no better known; a figure takes ±${TOLERANCE.k}K ±${timeText(TOLERANCE.ms)}`

/** 1.52 - 1.5 is a little more than 0.02. */
export const EXACT_ROUNDING = 1e-9
