import { z } from 'zod'
import { blackhole as wire } from '../../../link/toxics/blackhole-toxic.ts'
import type { WireToxic } from './wire-toxic.ts'

const options = z.object({
  /** When removed, what was held goes out at TCP's next retransmission, or at that moment. */
  recovery: z.enum(['retransmit', 'at-once']).default('retransmit'),
})
type Attributes = z.infer<typeof options>

export const blackhole: WireToxic<Attributes> = {
  name: 'blackhole',
  summary: 'a dead path: holds bytes and FIN, loses RST; when removed, what is held goes out in order',
  options,
  updates: 'in-place',
  start: ({ recovery }, _, meeting) => wire.start({ recovery, holds: 'everything' }, meeting),
}
