import { z } from 'zod'
import { formatMs } from '../../model/duration.ts'
import { FLOWS, type Flow } from '../../model/flow.ts'
import type { Meeting, Toxic, ToxicRun } from './toxic.ts'

const options = z.strictObject({
  /** Counted from the connection's opening. */
  afterMs: z.number().positive(),
  onExpiry: z.enum(['fin-both', 'rst-both']),
})
type Attributes = z.infer<typeof options>

/** A microsecond: sums of fractions of a millisecond do not come out even. */
const ROUNDING_MS = 0.001

/**
 * A box that ends each connection at an age, however busy. Until then everything passes. One that is put in place was always there:
 * a connection that is older already is ended at once.
 */
function start({ afterMs, onExpiry }: Attributes, { openedMs, lastActivityMs }: Meeting): ToxicRun {
  const bytes: Record<Flow, number> = { up: 0, down: 0 }
  const dueMs = openedMs + afterMs
  let lastMs = lastActivityMs
  let isOver = false
  return {
    onItem(flow, item, nowMs) {
      if (item.what === 'bytes') bytes[flow] += item.bytes.length
      if (item.what === 'bytes' || item.what === 'records') lastMs = nowMs
      return [{ do: 'pass', flow, item, afterMs: 0 }]
    },
    onWake(nowMs) {
      if (isOver) return []
      if (nowMs < dueMs - ROUNDING_MS) return [{ do: 'wake', afterMs: dueMs - nowMs }]
      isOver = true
      const seen = FLOWS.map(flow => `${bytes[flow]} bytes ${flow}`).join(', ')
      const note = `ended at an age of ${formatMs(nowMs - openedMs)}, ${formatMs(nowMs - lastMs)} after its last bytes; seen since it is in place: ${seen}`
      return [
        { do: 'mark', what: 'touched', note },
        { do: 'mark', what: 'held', note },
        { do: 'end', side: 'both', how: onExpiry === 'rst-both' ? 'rst' : 'fin' },
      ]
    },
  }
}

export const maxAge: Toxic<Attributes> = {
  name: 'max-age',
  summary: 'a box that ends each connection at an age, however busy',
  options,
  start,
}
