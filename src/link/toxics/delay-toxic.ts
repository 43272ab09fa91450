import { z } from 'zod'
import type { Meeting, Toxic, ToxicRun } from './toxic.ts'

const options = z.strictObject({ latencyMs: z.number().min(0), jitterMs: z.number().min(0) })
type Attributes = z.infer<typeof options>

/** Everything takes `latencyMs`, plus or minus up to `jitterMs`, evenly spread, as with Toxiproxy's `latency`. */
function start({ latencyMs, jitterMs }: Attributes, { random }: Meeting): ToxicRun {
  const drawMs = () => (jitterMs === 0 ? latencyMs : Math.max(0, latencyMs + (2 * random() - 1) * jitterMs))
  return { onItem: (flow, item) => [{ do: 'pass', flow, item, afterMs: drawMs() }] }
}

export const delay: Toxic<Attributes> = {
  name: 'delay',
  summary: 'latency with jitter, for bytes and ends alike',
  options,
  start,
}
