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

/** The remarks with what befell the step besides. */
export function excused(remarks: readonly Remark[], scene: Scene): readonly Remark[] {
  const floods = floodsOfStep(scene)
  const doubt = standstill(scene) ?? floods.find(({ by }) => by === 'broker')?.text
  const weighed =
    doubt === undefined ? remarks : remarks.map(remark => (remark.result === 'fail' ? excuse(remark, doubt) : remark))
  return [...weighed, ...floods.map(({ text }): Remark => ({ result: 'note', text }))]
}

/** Without its advice: it may need none. */
const excuse = ({ text }: Remark, doubt: string): Remark => ({
  result: 'inconclusive',
  text: `${doubt}, which may have caused this: ${text}`,
})

function standstill({ events, fromMs, toMs, terms }: Scene): string | undefined {
  const kMs = keepaliveMs(terms)
  const forMs = stoodStillMs(standstillsOf(events), 'link', fromMs, toMs)
  const least = kMs === 0 ? STILL_MS : Math.min(STILL_MS, STILL_K * kMs)
  return forMs < least ? undefined : `halfopen's link stood still for ${seconds(forMs)} in this step`
}

/** Their dates count from the step's beginning. */
function floodsOfStep({ header, events, fromMs, toMs }: Scene): readonly Flood[] {
  const inStep = events.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
  const floods = floodsIn({ header, events: inStep.map(event => ({ ...event, atMs: event.atMs - fromMs })) })
  return floods.map(flood => ({ ...flood, text: ofDevice(flood.text) }))
}
