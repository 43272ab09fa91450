import { firstEnd } from '../../../evidence/connection.ts'
import { resolveDuration } from '../../../model/duration.ts'
import type { Event } from '../../../model/event.ts'
import { seconds } from '../../../text/words.ts'
import { SERVER_TIMEOUT } from '../../../timing/spec.ts'
import { type DeviceLine, keepaliveMs } from '../device-line.ts'
import type { Stage } from '../device-stage.ts'
import { BROKER_LATE_MS, KEEPALIVE_OFF } from '../half-open.ts'
import { recovered } from '../recovery.ts'
import { holdOf, lineUnderTest } from '../scene.ts'
import { type DeviceStep, type PlayedStep, type Remark, type Scene, untested } from '../step.ts'
import { comingBack } from './connack.ts'

/** Asleep at least so long after the broker has ended the session: the end lies in the kernel when the program wakes. */
const DEEP_K = 1

export const sleep: DeviceStep = {
  name: 'sleep',
  title: 'Sleep and wake',
  summary: 'the device is stopped until its broker has given it up and for 1K more, and goes on (with --pid)',
  longestMs: ({ backMs }, kMs) =>
    resolveDuration(SERVER_TIMEOUT, kMs) + BROKER_LATE_MS + DEEP_K * kMs + backMs + 2 * kMs,
  act,
  judge,
}

async function act(stage: Stage, fault: string): Promise<PlayedStep> {
  const { line } = stage
  const kMs = keepaliveMs(line.terms)
  if (!stage.canSuspend)
    return { untested: 'only a program on this machine can be put to sleep from outside: --pid names its process' }
  if (kMs === 0) return { untested: KEEPALIVE_OFF }
  stage.hold(fault, [])
  stage.suspend(true)
  try {
    await stage.until(
      'asleep: waiting for the broker to give it up',
      resolveDuration(SERVER_TIMEOUT, kMs) + BROKER_LATE_MS,
      endedByBroker(line),
    )
    await stage.pause('asleep: it wakes 1K later', DEEP_K * kMs)
  } finally {
    stage.suspend(false)
  }
  stage.lift()
  await recovered(stage, 'awake: waiting for the device to come back')
  return { conn: line.conn }
}

const endedByBroker = (line: DeviceLine) => (event: Event) =>
  (event.what === 'fin' || event.what === 'rst') && event.conn === line.conn && event.edge === 'broker'

function judge(scene: Scene): readonly Remark[] {
  const line = lineUnderTest(scene)
  const hold = holdOf(scene)
  if (!line || !hold) return untested('the device was not connected')
  const wokeMs = hold.liftedMs ?? scene.toMs
  const end = firstEnd(line, 'broker', ['broker'])
  if (!end || end.atMs > wokeMs)
    return untested(`the broker did not end its session in ${seconds(wokeMs - hold.heldMs)} of sleep`)
  const back = comingBack(scene)
  if (back.some(({ result }) => result === 'fail' || result === 'inconclusive')) return back
  return [
    {
      result: 'pass',
      figure: `asleep for ${seconds(wokeMs - hold.heldMs)}`,
      text: `asleep for ${seconds(wokeMs - hold.heldMs)}, in which the broker ended its session, it found out once it was awake`,
    },
    ...back,
  ]
}
