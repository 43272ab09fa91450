import { z } from 'zod'
import type { Meeting, ToxicRun } from '../../../link/toxics/toxic.ts'
import { pass, type WireToxic } from './wire-toxic.ts'

const options = z.object({
  /** Milliseconds, both. */
  latency: z.int().default(0),
  jitter: z.int().default(0),
})
type Attributes = z.infer<typeof options>

/** Bytes are late; an end is not, so with nothing in flight a FIN is there at once (our own `delay` delays it too). */
function start({ latency, jitter }: Attributes, { random }: Meeting): ToxicRun {
  // Whole milliseconds, jitter included on the low side only: latency - jitter <= x < latency + jitter.
  const drawMs = () => Math.max(0, latency + (jitter > 0 ? Math.floor(2 * jitter * random()) - jitter : 0))
  return { onItem: (flow, item) => [pass(flow, item, item.what === 'bytes' ? drawMs() : 0)] }
}

export const latency: WireToxic<Attributes> = {
  name: 'latency',
  summary: 'bytes arrive later, plus or minus jitter; ends do not',
  options,
  updates: 'in-place',
  start: (attributes, _, meeting) => start(attributes, meeting),
}
