import { BEYOND } from './busy.ts'
import { ONE_WAYS, type OneWay, type Silent, type Variant } from './observation.ts'

/** What is silent for so many times as long as one that died can only die as well, unless a pool of boxes answers. */
const CALLED_OFF = 2.2

interface Rung {
  readonly variant: Variant
  readonly silenceMs: number
}

export const isSilent = (variant: Variant): variant is Silent => !ONE_WAYS.includes(variant as OneWay)

/**
 * Whether a connection that waits has nothing more to tell, since `died` did: it is silent in the same way for much longer, or
 * it is busy one way, and another one of that way (`others`) tells the same sooner.
 */
export function isNeedless(rung: Rung, died: Rung, others: readonly Rung[]): boolean {
  if (rung.silenceMs <= CALLED_OFF * died.silenceMs) return false
  if (rung.variant === died.variant) return true
  if (isSilent(rung.variant) || died.variant !== 'client') return false
  return others.some(
    ({ variant, silenceMs }) =>
      variant === rung.variant && silenceMs > BEYOND * died.silenceMs && silenceMs < rung.silenceMs,
  )
}
