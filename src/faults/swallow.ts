import { z } from 'zod'
import { PACKET_NAMES, WEBSOCKET_FRAMES } from '../model/event.ts'
import { flowsOf } from '../model/flow.ts'
import { direction } from '../model/schema.ts'
import type { Fault } from './fault.ts'

const options = z
  .strictObject({
    packets: z
      .array(z.enum(PACKET_NAMES))
      .min(1)
      .exactOptional()
      .describe('control packets, as mqtt-packet spells them: pingresp, connack, puback ...'),
    frames: z
      .array(z.enum(WEBSOCKET_FRAMES))
      .min(1)
      .exactOptional()
      .describe('frames of a WebSocket that carry no data: its own ping, pong and close'),
    direction: direction.default('both'),
  })
  .refine(({ packets, frames }) => packets ?? frames, 'it needs packets, or frames of a WebSocket')
type Params = z.infer<typeof options>

/** What was swallowed stays gone when lifted. */
export const swallow: Fault<Params> = {
  name: 'swallow',
  dialect: 'mqtt',
  summary: 'the control packets and WebSocket frames named vanish, the rest passes',
  options,
  holds: 'order',
  on: ({ packets = [], frames = [], direction: way }) => [
    { to: 'link', do: 'add', key: 'path', toxic: 'swallow', attributes: { packets, frames }, flows: flowsOf(way) },
  ],
  off: () => [{ to: 'link', do: 'remove', key: 'path' }],
}
