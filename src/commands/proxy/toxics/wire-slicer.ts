import { z } from 'zod'
import type { Item, Meeting, Ruling, ToxicRun } from '../../../link/toxics/toxic.ts'
import type { Flow } from '../../../model/flow.ts'
import { pass, type WireToxic } from './wire-toxic.ts'

const options = z.object({
  /** Bytes, both. */
  average_size: z.int().default(0),
  size_variation: z.int().default(0),
  /** Microseconds after each piece. */
  delay: z.int().default(0),
})
type Attributes = z.infer<typeof options>

function start({ average_size, size_variation, delay }: Attributes, { random }: Meeting): ToxicRun {
  const averageBytes = Math.max(1, average_size)
  const delayMs = Math.max(0, delay) / 1000
  let freeAtMs = 0

  /** Halves until a piece is small enough, as Toxiproxy does, so that no end of a chunk gets the odd one. */
  const cut = (bytes: Buffer): Buffer[] => {
    if (bytes.length - averageBytes <= size_variation) return [bytes]
    const offset = size_variation > 0 ? Math.floor(2 * size_variation * random()) - size_variation : 0
    const middle = Math.min(bytes.length - 1, Math.max(1, Math.floor(bytes.length / 2) + offset))
    return [...cut(bytes.subarray(0, middle)), ...cut(bytes.subarray(middle))]
  }

  const send = (flow: Flow, item: Item, nowMs: number): Ruling => {
    const atMs = Math.max(freeAtMs, nowMs)
    freeAtMs = item.what === 'bytes' ? atMs + delayMs : atMs
    return pass(flow, item, atMs - nowMs)
  }

  return {
    onItem(flow, item, nowMs) {
      if (item.what !== 'bytes') return [send(flow, item, nowMs)]
      return cut(item.bytes).map(bytes => send(flow, { what: 'bytes', bytes }, nowMs))
    },
  }
}

export const slicer: WireToxic<Attributes> = {
  name: 'slicer',
  summary: 'cuts chunks into small pieces, with a pause after each',
  options,
  updates: 'in-place',
  start: (attributes, _, meeting) => start(attributes, meeting),
}
