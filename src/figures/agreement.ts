import { EXACT_ROUNDING } from './exact.ts'

/** Whether two measurements of a figure agree. `unmeasured`: the true figures may agree as well as not. */
export type Agreement = 'same' | 'drifted' | 'unmeasured'

/**
 * Of two figures that lie `apart`, each of which may be off: by `within` together. They differ where no true values within
 * these margins would agree to the `tolerance`. All three in one unit.
 */
export function agreementOf(apart: number, within: number, tolerance: number): Agreement {
  if (Math.abs(apart) <= tolerance + EXACT_ROUNDING) return 'same'
  return Math.abs(apart) - within > tolerance + EXACT_ROUNDING ? 'drifted' : 'unmeasured'
}
