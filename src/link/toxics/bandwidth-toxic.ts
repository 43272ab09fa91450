import { z } from 'zod'
import type { Flow } from '../../model/flow.ts'
import type { Item, Ruling, Toxic, ToxicRun } from './toxic.ts'

const options = z.strictObject({ bytesPerS: z.number().positive() })
type Attributes = z.infer<typeof options>

/** Toxiproxy's `bandwidth` sends in steps of 100 ms; below a step of some bytes that would be noise. */
const STEP_S = 0.1
const STEP_BYTES_MIN = 32

/** Each flow is a wire that takes `bytesPerS`; a chunk leaves piece by piece, each when its last byte is through. */
function start({ bytesPerS }: Attributes): ToxicRun {
  const freeAtMs: Record<Flow, number> = { up: 0, down: 0 }
  const stepBytes = Math.max(STEP_BYTES_MIN, Math.floor(bytesPerS * STEP_S))

  const send = (flow: Flow, item: Item, nowMs: number): Ruling => {
    const bytes = item.what === 'bytes' ? item.bytes.length : item.what === 'records' ? item.length : 0
    freeAtMs[flow] = Math.max(freeAtMs[flow], nowMs) + (bytes / bytesPerS) * 1000
    return { do: 'pass', flow, item, afterMs: freeAtMs[flow] - nowMs }
  }

  const onItem = (flow: Flow, item: Item, nowMs: number): Ruling[] => {
    if (item.what !== 'bytes') return [send(flow, item, nowMs)]
    const rulings: Ruling[] = []
    for (let from = 0; from < item.bytes.length; from += stepBytes)
      rulings.push(send(flow, { what: 'bytes', bytes: item.bytes.subarray(from, from + stepBytes) }, nowMs))
    return rulings
  }

  return { onItem }
}

export const bandwidth: Toxic<Attributes> = {
  name: 'bandwidth',
  summary: 'at most so many bytes a second, each way on its own',
  options,
  start,
}
