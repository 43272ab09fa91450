import { z } from 'zod'
import { slowReads as wire } from '../../../link/toxics/slow-reads-toxic.ts'
import type { WireToxic } from './wire-toxic.ts'

/** KB/s, of 1000 bytes, as Toxiproxy's own `bandwidth`. */
const options = z.object({ rate: z.int().min(1) })

export const slowReads: WireToxic<z.infer<typeof options>> = {
  name: 'slow_reads',
  summary: 'reads so many kilobytes a second and no more: the rest waits in the sender',
  options,
  updates: 'in-place',
  start: ({ rate }, _, meeting) => wire.start({ bytesPerS: rate * 1000 }, meeting),
}
