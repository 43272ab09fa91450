/**
 * How a client spaces its attempts, told from the gaps between them. Pure.
 *
 * A gap is never exactly what was programmed: the network, a TLS handshake and the client's own timer add to it. So two gaps
 * are the same where they differ by no more than `toleranceMs`. What goes up and down by more than that was meant to: jitter.
 */
import { median } from '../../text/median.ts'
import { fitExponential, fitLinear, trendOf } from './fit.ts'

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
export const LEAST_GAPS = 4

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
