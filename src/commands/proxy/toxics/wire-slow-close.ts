import { z } from 'zod'
import { pass, type WireToxic } from './wire-toxic.ts'

/** Milliseconds. */
const options = z.object({ delay: z.int().default(0) })
type Attributes = z.infer<typeof options>

export const slowClose: WireToxic<Attributes> = {
  name: 'slow_close',
  summary: 'FIN and RST arrive later; bytes do not',
  options,
  updates: 'in-place',
  start: ({ delay }) => ({
    onItem: (flow, item) => [pass(flow, item, item.what === 'fin' || item.what === 'rst' ? Math.max(0, delay) : 0)],
  }),
}
