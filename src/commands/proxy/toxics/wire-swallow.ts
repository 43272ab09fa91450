import { z } from 'zod'
import { swallow as wire } from '../../../link/toxics/swallow-toxic.ts'
import { PACKET_NAMES } from '../../../model/event.ts'
import type { WireToxic } from './wire-toxic.ts'

/** `packets`: a list, or text with commas, which is all that toxiproxy-cli can send. */
const options = z.object({
  packets: z.preprocess(
    given => (typeof given === 'string' ? given.split(',').map(name => name.trim()) : given),
    z.array(z.enum(PACKET_NAMES)).min(1),
  ),
})
type Attributes = z.infer<typeof options>

export const swallow: WireToxic<Attributes> = {
  name: 'swallow',
  summary: 'the MQTT control packets named vanish, the rest passes',
  options,
  updates: 'anew',
  start: (attributes, _, meeting) => wire.start(attributes, meeting),
}
