import { z } from 'zod'
import type { Flow } from '../../model/flow.ts'
import type { Meeting, Ruling, Toxic, ToxicRun } from './toxic.ts'

const options = z
  .strictObject({
    averageBytes: z.number().int().min(1),
    variationBytes: z.number().int().min(0),
    delayMs: z.number().min(0),
  })
  .refine(({ averageBytes, variationBytes }) => variationBytes < averageBytes, {
    message: 'variationBytes must be smaller than averageBytes',
  })
type Attributes = z.infer<typeof options>

/** Cuts chunks into pieces of about `averageBytes`, and leaves `delayMs` after each, as Toxiproxy's `slicer` does. */
function start({ averageBytes, variationBytes, delayMs }: Attributes, { random }: Meeting): ToxicRun {
  const freeAtMs: Record<Flow, number> = { up: 0, down: 0 }
  const drawBytes = () => Math.round(averageBytes + (2 * random() - 1) * variationBytes)

  const cut = (bytes: Buffer): Buffer[] => {
    const pieces: Buffer[] = []
    for (let from = 0; from < bytes.length; from += pieces.at(-1)?.length ?? 0)
      pieces.push(bytes.subarray(from, from + drawBytes()))
    return pieces
  }

  const send = (flow: Flow, bytes: Buffer, nowMs: number): Ruling => {
    const atMs = Math.max(freeAtMs[flow], nowMs)
    freeAtMs[flow] = atMs + delayMs
    return { do: 'pass', flow, item: { what: 'bytes', bytes }, afterMs: atMs - nowMs }
  }

  return {
    onItem(flow, item, nowMs) {
      if (item.what !== 'bytes') return [{ do: 'pass', flow, item, afterMs: Math.max(0, freeAtMs[flow] - nowMs) }]
      const pieces = cut(item.bytes)
      const sent = pieces.map(piece => send(flow, piece, nowMs))
      // With no delay between them the pieces are all that this toxic does, so it says so itself.
      const note = `cut ${item.bytes.length} bytes into ${pieces.length} pieces`
      return pieces.length > 1 ? [{ do: 'mark', what: 'touched', note }, ...sent] : sent
    },
  }
}

export const slice: Toxic<Attributes> = {
  name: 'slice',
  summary: 'cuts chunks into small pieces, with a pause after each',
  options,
  start,
}
