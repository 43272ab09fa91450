import { lostMs } from '../evidence/connection.ts'
import { seconds } from '../text/words.ts'
import { afterwards } from './recovery.ts'
import type { Remark } from './remark.ts'
import { holdOf, lineUnderTest, nextLine, upMs } from './scene.ts'
import type { Scene } from './step.ts'

/** Counted from the loss, or from when the path was healthy again. Nothing to say where it never lost its connection. */
export function comingBack(scene: Scene, allowedMs = scene.limits.backMs): readonly Remark[] {
  const line = lineUnderTest(scene)
  const lost = line && lostMs(line)
  if (lost === undefined || lost > scene.toMs) return []
  const sinceMs = Math.max(lost, holdOf(scene)?.liftedMs ?? lost)
  const next = nextLine(scene)
  const back = next && upMs(next)
  if (back !== undefined && back <= scene.toMs)
    return [
      { result: 'note', text: `it was back ${seconds(Math.max(0, back - sinceMs))} after the path was healthy again` },
      ...afterwards(scene),
    ]
  const waitedMs = scene.toMs - sinceMs
  const text = `it was not back ${seconds(waitedMs)} after the path was healthy again`
  if (waitedMs < allowedMs) return [{ result: 'inconclusive', text }]
  return [
    { result: 'fail', text, advice: 'try to connect again for as long as the device is on, with a growing delay' },
  ]
}
