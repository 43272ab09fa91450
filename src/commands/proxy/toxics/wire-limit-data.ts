import { z } from 'zod'
import type { Item, Meeting, Ruling, ToxicRun } from '../../../link/toxics/toxic.ts'
import type { Flow } from '../../../model/flow.ts'
import { closeWhole, pass, type WireToxic } from './wire-toxic.ts'

const options = z.object({ bytes: z.int().default(0) })
type Attributes = z.infer<typeof options>

class LimitData implements ToxicRun {
  readonly #limitBytes: number
  #passedBytes: number
  #closed: boolean

  constructor({ bytes }: Attributes, { previous }: Meeting) {
    const isUpdate = previous instanceof LimitData
    this.#limitBytes = bytes
    this.#passedBytes = isUpdate ? previous.#passedBytes : 0
    this.#closed = isUpdate && previous.#closed
  }

  /** It looks only when a chunk comes: with nothing left from the start, the first chunk closes. */
  onItem(flow: Flow, item: Item): readonly Ruling[] {
    if (this.#closed) return [{ do: 'drop', flow, item }]
    if (item.what !== 'bytes') return [pass(flow, item)]
    const bytes = item.bytes.subarray(0, Math.max(0, this.#limitBytes - this.#passedBytes))
    const passed = bytes.length > 0 ? [pass(flow, { what: 'bytes', bytes })] : []
    this.#passedBytes += bytes.length
    this.#closed = this.#passedBytes >= this.#limitBytes
    return this.#closed ? [...passed, closeWhole(flow)] : passed
  }

  onLift(): boolean {
    return this.#closed
  }
}

export const limitData: WireToxic<Attributes> = {
  name: 'limit_data',
  summary: 'closes once so many bytes have passed',
  options,
  updates: 'in-place',
  start: (attributes, _, meeting) => new LimitData(attributes, meeting),
}
