import mqttPacket from 'mqtt-packet'
import type { Event } from '../../../model/event.ts'
import { median } from '../../../text/median.ts'
import { plural, seconds } from '../../../text/words.ts'
import { type DeviceLine, keepaliveMs } from '../device-line.ts'
import type { Stage } from '../device-stage.ts'
import { recovered } from '../recovery.ts'
import { type DeviceStep, type PlayedStep, type Remark, type Scene, untested } from '../step.ts'
import { comingBack } from './connack.ts'

/** So often the other device takes the id. */
const TIMES = 3
/** So long after it was let in: its session has begun by then. */
const LASTED_MS = 1000
/** MQTT 5.0 §3.14.2.1: session taken over. */
const TAKEN_OVER = 0x8e
/** A shorter wait is none; of a short keep-alive, as in tests, this part. */
const NO_WAIT_MS = 500
const NO_WAIT_K = 0.1

/**
 * What a server does when another device connects with the same client id: 3.1.1 [MQTT-3.1.4-2], 5.0 [MQTT-3.1.4-3]. No second
 * device is needed for that: the device sees its end only. Two that come back at once throw each other out for ever.
 */
export const takeOver: DeviceStep = {
  name: 'take-over',
  title: 'Taken over',
  summary: 'another device seems to take its client id, 3 times, each time a second after it was let in',
  longestMs: ({ backMs }, kMs) => TIMES * (LASTED_MS + backMs) + 2 * kMs,
  act,
  judge,
}

async function act(stage: Stage, fault: string): Promise<PlayedStep> {
  const { line: first } = stage
  stage.hold(fault, [])
  for (let done = 0; done < TIMES; done++) {
    const text = `taken over ${done} of ${TIMES} times`
    await stage.pause(`${text}: the next one follows soon`, LASTED_MS)
    const line = stage.roster.current
    if (!line) break
    takeFrom(stage, line, fault)
    const back = () => (stage.roster.current?.conn ?? 0) > line.conn
    if (!back() && !(await stage.until(`${text}: waiting for it to come back`, stage.limits.backMs, back))) break
  }
  stage.lift()
  await recovered(stage, 'waiting for the device to come back')
  return { conn: first.conn }
}

/** A server of 5.0 says why: [MQTT-3.1.4-3]. */
function takeFrom(stage: Stage, line: DeviceLine, fault: string): void {
  if (line.terms.protocol === 5)
    stage.say(line, mqttPacket.generate({ cmd: 'disconnect', reasonCode: TAKEN_OVER }, { protocolVersion: 5 }))
  stage.cut(line, fault, 'fin')
}

function judge(scene: Scene): readonly Remark[] {
  const cuts = scene.events.filter(event => event.what === 'fault-touched' && event.fault === scene.fault)
  if (cuts.length === 0) return untested('the device was not connected')
  const waits = cuts.flatMap(cut => waitAfter(scene.events, cut) ?? [])
  // Who is told that another one has its id may stay away: 5.0 §4.13.1 leaves that to the client.
  if (waits.length < cuts.length && scene.terms.protocol === 5)
    return [
      {
        result: 'pass',
        figure: `stayed away after ${plural(cuts.length, 'take-over')}`,
        text: `told that its session was taken over (0x8E), it stayed away after ${plural(cuts.length, 'time')}: two with one id throw each other out no more`,
      },
    ]
  return [...pace(scene, waits), ...comingBack(scene)]
}

const waitAfter = (events: readonly Event[], { conn = 0, atMs }: Event): number | undefined => {
  const next = events.find(
    event => event.what === 'open' && event.edge === 'client' && (event.conn ?? 0) > conn && event.atMs >= atMs,
  )
  return next && next.atMs - atMs
}

function pace(scene: Scene, waits: readonly number[]): readonly Remark[] {
  if (waits.length === 0) return []
  const shown = waits.map(wait => (wait / 1000).toFixed(2)).join(', ')
  const what = `taken over by another connection with its id, it waits ${shown} s before it comes back`
  const kMs = keepaliveMs(scene.terms)
  const figure = `back ${seconds(median(waits))} after a take-over`
  if (median(waits) >= Math.min(NO_WAIT_MS, kMs === 0 ? NO_WAIT_MS : NO_WAIT_K * kMs))
    return [{ result: 'pass', figure, text: what }]
  return [
    {
      result: 'fail',
      figure,
      text: `${what}: hardly any delay, so two devices with one id throw each other out many times a second`,
      clause: scene.terms.protocol === 5 ? 'MQTT 5.0 [MQTT-3.1.4-3]' : 'MQTT 3.1.1 [MQTT-3.1.4-2]',
      advice:
        'wait before each attempt, with a growing delay that starts anew only once a session has lasted; with 5.0 stay away after 0x8E',
    },
  ]
}
