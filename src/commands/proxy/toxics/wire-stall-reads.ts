import { z } from 'zod'
import { stallReads as wire } from '../../../link/toxics/stall-reads-toxic.ts'
import type { WireToxic } from './wire-toxic.ts'

export const stallReads: WireToxic<Record<string, unknown>> = {
  name: 'stall_reads',
  summary: "nobody reads the stream: a zero window, its sender's buffers fill and its writes block",
  options: z.object({}),
  updates: 'in-place',
  start: (_, __, meeting) => wire.start({}, meeting),
}
