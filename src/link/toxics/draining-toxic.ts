import { z } from 'zod'
import { formatMs } from '../../model/duration.ts'
import type { Meeting, Toxic, ToxicRun } from './toxic.ts'

const options = z.strictObject({
  /** Counted from the moment at which it is put in place. */
  afterMs: z.number().nonnegative(),
  how: z.enum(['fin', 'rst']),
})
type Attributes = z.infer<typeof options>

/** A microsecond: sums of fractions of a millisecond do not come out even. */
const ROUNDING_MS = 0.001

/** A load balancer that ends, some time after it was told to, the connections that were open then. Until then everything passes. */
function start({ afterMs, how }: Attributes, { nowMs: sinceMs, openedMs, fresh }: Meeting): ToxicRun {
  const dueMs = sinceMs + afterMs
  let isOver = fresh === true
  return {
    onItem: (flow, item) => [{ do: 'pass', flow, item, afterMs: 0 }],
    onWake(nowMs) {
      if (isOver) return []
      if (nowMs < dueMs - ROUNDING_MS) return [{ do: 'wake', afterMs: dueMs - nowMs }]
      isOver = true
      const note = `ended ${formatMs(nowMs - sinceMs)} after it was told to, at an age of ${formatMs(nowMs - openedMs)}`
      return [
        { do: 'mark', what: 'touched', note },
        { do: 'mark', what: 'held', note },
        { do: 'end', side: 'both', how },
      ]
    },
  }
}

export const draining: Toxic<Attributes> = {
  name: 'draining',
  summary: 'a load balancer that ends the connections that are open, and leaves new ones alone',
  options,
  start,
}
