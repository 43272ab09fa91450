/**
 * Named control packets vanish, and control frames of a WebSocket; the rest passes byte by byte as it came. They vanish whole or not at
 * all (websocket/sieve.ts): lifted in the middle of one that it was swallowing, it swallows the rest. Bytes that are not MQTT pass.
 */
import { z } from 'zod'
import { PACKET_NAMES, WEBSOCKET_FRAMES } from '../../model/event.ts'
import { FLOWS, type Flow } from '../../model/flow.ts'
import { Sieve, type Sifted, type SiftNames } from '../../websocket/sieve.ts'
import type { Meeting, Ruling, Toxic, ToxicRun } from './toxic.ts'

const options = z.strictObject({
  packets: z.array(z.enum(PACKET_NAMES)).default([]),
  frames: z.array(z.enum(WEBSOCKET_FRAMES)).default([]),
})
type Attributes = z.infer<typeof options>

const NOTHING: SiftNames = { packets: new Set(), frames: new Set() }

function start({ packets, frames }: Attributes, meeting: Meeting): ToxicRun {
  const sieves: Record<Flow, Sieve> = {
    up: new Sieve(meeting.place('up')),
    down: new Sieve(meeting.place('down')),
  }
  let wanted: SiftNames = { packets: new Set(packets), frames: new Set(frames) }

  const rule = (flow: Flow, { bytes, taken }: Sifted): Ruling[] => {
    const item = { what: 'bytes', bytes } as const
    if (taken === undefined) return [{ do: 'pass', flow, item, afterMs: 0 }]
    return [
      { do: 'mark', what: 'touched', note: `swallowed ${taken}` },
      { do: 'drop', flow, item },
    ]
  }

  return {
    onItem(flow, item) {
      if (item.what === 'open') return [{ do: 'pass', flow, item, afterMs: 0 }]
      if (item.what !== 'bytes') {
        const kept = sieves[flow].flush()
        return [...(kept.length > 0 ? rule(flow, { bytes: kept }) : []), { do: 'pass', flow, item, afterMs: 0 }]
      }
      const sieve = sieves[flow]
      const { midway } = sieve
      const sifted = sieve.push(item.bytes, wanted)
      const isWhole = !midway && !sieve.midway && sifted.every(({ taken }) => taken === undefined)
      if (isWhole) return [{ do: 'pass', flow, item, afterMs: 0 }]
      return sifted.flatMap(each => rule(flow, each))
    },
    onLift() {
      wanted = NOTHING
      return FLOWS.some(flow => sieves[flow].midway)
    },
  }
}

export const swallow: Toxic<Attributes> = {
  name: 'swallow',
  summary: 'the control packets and WebSocket frames named vanish, the rest passes',
  options,
  readsPackets: true,
  start,
}
