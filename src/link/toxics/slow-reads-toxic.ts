import { z } from 'zod'
import { FLOWS, type Flow } from '../../model/flow.ts'
import type { Item, Ruling, Toxic, ToxicRun } from './toxic.ts'

const options = z.strictObject({ bytesPerS: z.number().positive() })
type Attributes = z.infer<typeof options>

/** What was read and has not gone on for longer than this stops the reading; a read takes 64 KiB at once. */
const FULL_MS = 200
const STEP_S = 0.1
const STEP_BYTES_MIN = 32

/**
 * A reader that is slower than its writer: as `bandwidth`, but what it has not passed on it has not read either, so that the bytes
 * wait in the sender's own buffers and not in the link's.
 */
function start({ bytesPerS }: Attributes): ToxicRun {
  const freeAtMs: Record<Flow, number> = { up: 0, down: 0 }
  const stalled = new Set<Flow>()
  const stepBytes = Math.max(STEP_BYTES_MIN, Math.floor(bytesPerS * STEP_S))

  const send = (flow: Flow, item: Item, nowMs: number): Ruling => {
    const bytes = item.what === 'bytes' ? item.bytes.length : 0
    freeAtMs[flow] = Math.max(freeAtMs[flow], nowMs) + (bytes / bytesPerS) * 1000
    return { do: 'pass', flow, item, afterMs: freeAtMs[flow] - nowMs }
  }

  /** Who has too much is not read; who has little is read again, at the next wake. */
  const settle = (nowMs: number): Ruling[] => {
    const rulings = FLOWS.flatMap((flow): Ruling[] => {
      const isFull = freeAtMs[flow] - nowMs > FULL_MS
      if (isFull === stalled.has(flow)) return []
      if (isFull) stalled.add(flow)
      else stalled.delete(flow)
      return [{ do: isFull ? 'stall' : 'read', flow }]
    })
    if (stalled.size === 0) return rulings
    const nextMs = Math.min(...[...stalled].map(flow => freeAtMs[flow] - FULL_MS))
    return [...rulings, { do: 'wake', afterMs: Math.max(1, nextMs - nowMs) }]
  }

  return {
    onItem(flow, item, nowMs) {
      if (item.what !== 'bytes') return [send(flow, item, nowMs)]
      const rulings: Ruling[] = []
      for (let from = 0; from < item.bytes.length; from += stepBytes)
        rulings.push(send(flow, { what: 'bytes', bytes: item.bytes.subarray(from, from + stepBytes) }, nowMs))
      return [...rulings, ...settle(nowMs)]
    },
    onWake: settle,
  }
}

export const slowReads: Toxic<Attributes> = {
  name: 'slow-reads',
  summary: 'a reader that takes so many bytes a second: the rest waits in the sender, whose writes block',
  options,
  start,
}
