import { z } from 'zod'
import type { Item, Meeting, Ruling, ToxicRun } from '../../../link/toxics/toxic.ts'
import type { Flow, Side } from '../../../model/flow.ts'
import { pass, type WireToxic } from './wire-toxic.ts'

const options = z.object({
  /** Milliseconds from the moment when it meets a connection: when it is added, or when the connection is opened. */
  timeout: z.int().min(0).default(0),
  /** Who gets the RST; the other one is not told. */
  side: z.enum(['both', 'client', 'upstream']).default('both'),
})
type Attributes = z.infer<typeof options>

const SIDES: Record<Attributes['side'], Side | 'both'> = { both: 'both', client: 'client', upstream: 'broker' }

class Reset implements ToxicRun {
  readonly #attributes: Attributes
  #state: 'opening' | 'waiting' | 'due' = 'waiting'

  constructor(attributes: Attributes, { fresh }: Meeting) {
    this.#attributes = attributes
    if (fresh) this.#state = 'opening'
  }

  onItem(flow: Flow, item: Item): readonly Ruling[] {
    const rest = [pass(flow, item)]
    if (item.what !== 'open') return rest
    this.#state = 'waiting'
    return [...rest, ...this.onWake()]
  }

  onWake(): readonly Ruling[] {
    const { timeout, side } = this.#attributes
    if (this.#state === 'opening') return []
    if (this.#state === 'due' || timeout === 0) return [{ do: 'end', side: SIDES[side], how: 'rst' }]
    this.#state = 'due'
    return [{ do: 'wake', afterMs: timeout }]
  }
}

export const reset: WireToxic<Attributes> = {
  name: 'reset',
  summary: 'a true RST, on live connections and on new ones',
  options,
  updates: 'anew',
  watchesBoth: true,
  start: (attributes, _, meeting) => new Reset(attributes, meeting),
}
