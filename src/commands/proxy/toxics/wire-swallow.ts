import { z } from 'zod'
import { swallow as wire } from '../../../link/toxics/swallow-toxic.ts'
import { PACKET_NAMES, WEBSOCKET_FRAMES } from '../../../model/event.ts'
import type { WireToxic } from './wire-toxic.ts'

/** A list, or text with commas, which is all that toxiproxy-cli can send. */
const listOf = <Name extends string>(names: readonly Name[]) =>
  z.preprocess(
    given => (typeof given === 'string' ? given.split(',').map(name => name.trim()) : given),
    z.array(z.enum(names)),
  )

const options = z
  .object({ packets: listOf(PACKET_NAMES).default([]), frames: listOf(WEBSOCKET_FRAMES).default([]) })
  .refine(({ packets, frames }) => packets.length + frames.length > 0, 'packets or frames must name at least one')
type Attributes = z.infer<typeof options>

export const swallow: WireToxic<Attributes> = {
  name: 'swallow',
  summary: 'the MQTT control packets and WebSocket frames named vanish, the rest passes',
  options,
  updates: 'anew',
  start: (attributes, _, meeting) => wire.start(attributes, meeting),
}
