/**
 * Named control packets vanish, the rest passes byte by byte as it came.
 *
 * A packet's name is in its first byte, so nothing has to be kept to decide: the parts of a swallowed packet are dropped
 * as they come, whatever the chunks. Packets vanish whole or not at all, since half a packet would derail the receiver's
 * parser: put in place in the middle of a packet it lets the rest of that one pass; lifted in the middle of one that
 * it was swallowing, it swallows the rest. Bytes that are not MQTT pass.
 */
import { z } from 'zod'
import { PACKET_NAMES } from '../../model/event.ts'
import { FLOWS, type Flow } from '../../model/flow.ts'
import type { Framer, PacketPart } from '../../mqtt/framer.ts'
import type { Meeting, Ruling, Toxic, ToxicRun } from './toxic.ts'

const options = z.strictObject({ packets: z.array(z.enum(PACKET_NAMES)).min(1) })
type Attributes = z.infer<typeof options>

interface Place {
  readonly framer: Framer
  swallowing: boolean
}

function start({ packets }: Attributes, meeting: Meeting): ToxicRun {
  const names = new Set(packets)
  const place = (flow: Flow): Place => ({ framer: meeting.framer(flow), swallowing: false })
  const places: Record<Flow, Place> = { up: place('up'), down: place('down') }
  let lifted = false

  const rule = (flow: Flow, part: PacketPart): Ruling[] => {
    const here = places[flow]
    if (part.starts) here.swallowing = !lifted && names.has(part.cmd)
    const item = { what: 'bytes', bytes: part.bytes } as const
    const drop = here.swallowing
    if (part.ends) here.swallowing = false
    if (!drop) return [{ do: 'pass', flow, item, afterMs: 0 }]
    return [
      { do: 'mark', what: 'touched', note: `swallowed ${part.cmd.toUpperCase()}` },
      { do: 'drop', flow, item },
    ]
  }

  return {
    onItem(flow, item) {
      if (item.what !== 'bytes') return [{ do: 'pass', flow, item, afterMs: 0 }]
      const { parts, rest } = places[flow].framer.push(item.bytes)
      const rulings = parts.flatMap(part => rule(flow, part))
      if (rulings.every(({ do: what }) => what === 'pass')) return [{ do: 'pass', flow, item, afterMs: 0 }]
      return rest ? [...rulings, { do: 'pass', flow, item: { what: 'bytes', bytes: rest }, afterMs: 0 }] : rulings
    },
    onLift() {
      lifted = true
      return FLOWS.some(flow => places[flow].swallowing)
    },
  }
}

export const swallow: Toxic<Attributes> = {
  name: 'swallow',
  summary: 'the control packets named vanish, the rest passes',
  options,
  readsPackets: true,
  start,
}
