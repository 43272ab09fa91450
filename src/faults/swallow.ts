import { z } from 'zod'
import { PACKET_NAMES } from '../model/event.ts'
import { flowsOf } from '../model/flow.ts'
import { direction } from '../model/schema.ts'
import type { Fault } from './fault.ts'

const options = z.strictObject({
  /** Control packets, as mqtt-packet spells them: pingresp, connack, puback ... */
  packets: z.array(z.enum(PACKET_NAMES)).min(1),
  direction: direction.default('both'),
})
type Params = z.infer<typeof options>

/** What was swallowed stays gone when lifted. */
export const swallow: Fault<Params> = {
  name: 'swallow',
  summary: 'the control packets named vanish, the rest passes',
  options,
  holds: 'order',
  on: ({ packets, direction: way }) => [
    { to: 'link', do: 'add', key: 'path', toxic: 'swallow', attributes: { packets }, flows: flowsOf(way) },
  ],
  off: () => [{ to: 'link', do: 'remove', key: 'path' }],
}
