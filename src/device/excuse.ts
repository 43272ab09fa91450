/**
 * What halfopen's own standstill, or a flood of the broker, may have made of a step: by either a good device may be cut off, be late, or
 * look as if it were. So no device fails a step in which they were; the step can't tell.
 */

import { standstillsOf, stoodStillMs } from '../evidence/lateness.ts'
import { type Flood, floodsIn } from '../judge/floods.ts'
import { seconds } from '../text/words.ts'
import { ofDevice } from './of-device.ts'
import type { Remark } from './remark.ts'
import type { Scene } from './step.ts'
import { keepaliveMs } from './terms.ts'

/** A loss is put down to standstills of this part of K together, as for scenarios (judge/uncertainty.ts); of a long K to so much. */
const STILL_K = 1 / 4
const STILL_MS = 500
/** So many packets in one second of a broker take all of the link's time. */
const TORRENT = 5000

export interface Excused {
  readonly remarks: readonly Remark[]
  /** Why no other step is worth its time: the record of such a flood alone takes minutes to read. */
  readonly drowned?: string
}

/** The remarks with what befell the step besides. */
export function excused(remarks: readonly Remark[], scene: Scene): Excused {
  const floods = floodsOfStep(scene)
  const ofBroker = floods.filter(({ by }) => by === 'broker')
  const doubts = [...ofBroker.slice(0, 1).map(({ text }) => text), ...standstill(scene)]
  const weighed =
    doubts.length === 0 ? remarks : remarks.map(each => (each.result === 'fail' ? excuse(each, doubts) : each))
  const torrent = ofBroker.find(({ peak }) => peak > TORRENT)
  const told = floods.map(({ text, peak, by }): Remark => {
    const isTorrent = by === 'broker' && peak > TORRENT
    return isTorrent
      ? { result: 'inconclusive', text: `${text}: beside it nothing can be told of the device` }
      : { result: 'note', text }
  })
  return {
    remarks: [...weighed, ...told],
    ...(torrent && { drowned: `the broker floods: ${torrent.peak} packets in one second` }),
  }
}

/** Without its advice: it may need none. */
const excuse = ({ text }: Remark, doubts: readonly string[]): Remark => ({
  result: 'inconclusive',
  text: `${doubts.join('; ')}, which may have caused this: ${text}`,
})

function standstill({ events, fromMs, toMs, terms }: Scene): readonly string[] {
  const kMs = keepaliveMs(terms)
  const forMs = stoodStillMs(standstillsOf(events), 'link', fromMs, toMs)
  const least = kMs === 0 ? STILL_MS : Math.min(STILL_MS, STILL_K * kMs)
  return forMs < least ? [] : [`halfopen's link stood still for ${seconds(forMs)} in this step`]
}

/** Their dates count from the step's beginning. */
function floodsOfStep({ header, events, fromMs, toMs }: Scene): readonly Flood[] {
  const inStep = events.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
  const floods = floodsIn({ header, events: inStep.map(event => ({ ...event, atMs: event.atMs - fromMs })) })
  return floods.map(flood => ({ ...flood, text: ofDevice(flood.text) }))
}
