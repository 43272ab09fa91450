import { z } from 'zod'
import { bandwidth as wire } from '../../../link/toxics/bandwidth-toxic.ts'
import type { Meeting, ToxicRun } from '../../../link/toxics/toxic.ts'
import type { WireToxic } from './wire-toxic.ts'

/** KB/s, of 1000 bytes. */
const options = z.object({ rate: z.int().default(0) })
type Attributes = z.infer<typeof options>

/** Without a rate Toxiproxy splits for ever and sends nothing. */
const stall: ToxicRun = {
  onItem: (flow, item) => [item.what === 'bytes' ? { do: 'hold', flow, item } : { do: 'pass', flow, item, afterMs: 0 }],
}

function start({ rate }: Attributes, meeting: Meeting): ToxicRun {
  return rate > 0 ? wire.start({ bytesPerS: rate * 1000 }, meeting) : stall
}

export const bandwidth: WireToxic<Attributes> = {
  name: 'bandwidth',
  summary: 'at most so many kilobytes a second; at 0 nothing passes',
  options,
  updates: 'in-place',
  start: (attributes, _, meeting) => start(attributes, meeting),
}
