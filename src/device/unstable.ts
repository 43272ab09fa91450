/** A server that accepts the device and ends each session right after its CONNACK. */

import type { Event } from '../model/event.ts'
import { median } from '../text/median.ts'
import { plural, seconds } from '../text/words.ts'
import { LEAST_ATTEMPTS } from './limits.ts'
import type { Remark } from './remark.ts'
import type { Stage } from './stage.ts'
import type { Scene } from './step.ts'
import { keepaliveMs } from './terms.ts'

/** So that the device has taken its CONNACK in, and believes in its session. */
const ACCEPTED_MS = 100
/** A shorter wait is none: no server recovers so soon. Of a short keep-alive, as in tests, this part. */
const NO_WAIT_MS = 500
const NO_WAIT_K = 0.1
/** After so long without an attempt it has stopped trying. */
const GAVE_UP_MS = 60_000

/** Plays it, beginning with a healthy connection. Ends with the fault lifted. */
export async function unstable(stage: Stage, name: string): Promise<void> {
  const untilMs = stage.nowMs + stage.limits.backoffMs
  stage.hold(name, [])
  for (let ended = 0; ended < LEAST_ATTEMPTS && stage.nowMs < untilMs; ended++) {
    await stage.pause('accepted: its session is ended', ACCEPTED_MS)
    const last = stage.roster.current
    if (!last) break
    stage.cut(last, name)
    const text = `its session was ended ${ended + 1} of ${LEAST_ATTEMPTS} times: waiting for it to come back`
    const back = () => (stage.roster.current?.conn ?? 0) > last.conn
    if (!(await stage.until(text, untilMs - stage.nowMs, back))) break
  }
  stage.lift()
}

/** Nothing where it was not played. */
export function judgeUnstable(scene: Pick<Scene, 'events' | 'terms' | 'toMs'>, name: string): readonly Remark[] {
  const cuts = scene.events.filter(event => event.what === 'fault-touched' && event.fault === name)
  if (cuts.length === 0) return []
  const waits = cuts.flatMap(cut => waitAfter(scene.events, cut) ?? [])
  const silentMs = scene.toMs - (cuts.at(-1)?.atMs ?? scene.toMs)
  if (waits.length < cuts.length && silentMs > Math.max(GAVE_UP_MS, 8 * Math.max(0, ...waits)))
    return [stoppedTrying(waits.length, silentMs)]
  if (waits.length === 0)
    return [
      { result: 'inconclusive', text: `it did not come back within ${seconds(silentMs)} after its session was ended` },
    ]
  const shown = waits.map(wait => (wait / 1000).toFixed(2)).join(', ')
  const what = `where its session is accepted and then ended, it waits ${shown} s before it comes back`
  const kMs = keepaliveMs(scene.terms)
  if (median(waits) >= Math.min(NO_WAIT_MS, kMs === 0 ? NO_WAIT_MS : NO_WAIT_K * kMs))
    return [{ result: 'pass', text: what }]
  return [
    {
      result: 'fail',
      figure: `back ${seconds(median(waits))} after an accepted session`,
      text: `${what}: hardly any delay, so each device hammers a server that accepts and fails (${plural(waits.length, 'time')})`,
      advice: 'wait before each attempt, and start the backoff anew only once a session has lasted, not at its CONNACK',
    },
  ]
}

const waitAfter = (events: readonly Event[], { conn = 0, atMs }: Event): number | undefined => {
  const next = events.find(
    event => event.what === 'open' && event.edge === 'client' && (event.conn ?? 0) > conn && event.atMs >= atMs,
  )
  return next && next.atMs - atMs
}

const stoppedTrying = (times: number, silentMs: number): Remark => ({
  result: 'fail',
  text: `after its session was ended right after the CONNACK it came back ${plural(times, 'time')}, and then stopped trying: nothing came for ${seconds(silentMs)}`,
  advice: 'never stop trying: a server that was in trouble for an hour should find its devices again',
})
