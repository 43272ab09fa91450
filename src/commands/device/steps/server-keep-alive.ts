import { ends, type Stage } from '../device-stage.ts'
import { dutyOn } from '../duty.ts'
import { recovered } from '../recovery.ts'
import { lineUnderTest } from '../scene.ts'
import { type DeviceStep, type PlayedStep, type Remark, type Scene, untested } from '../step.ts'

/** Two pings by the keep-alive that is imposed, and a margin. */
const WATCHED_K = 3

export const serverKeepAlive: DeviceStep = {
  name: 'server-keep-alive',
  title: 'Server Keep Alive',
  summary: 'the device is disconnected, and the CONNACK that it gets then imposes half of its keep-alive (MQTT 5.0)',
  longestMs: ({ backMs }, kMs) => (WATCHED_K / 2 + 2) * kMs + 2 * backMs,
  act,
  judge,
}

async function act(stage: Stage, fault: string): Promise<PlayedStep> {
  const { line } = stage
  const { protocol, declaredS, imposedS } = line.terms
  if (protocol !== 5) return { untested: 'the device speaks MQTT 3.1.1, which has no Server Keep Alive' }
  if (imposedS !== undefined)
    return { untested: 'the broker imposes a Server Keep Alive itself: the other steps go by it' }
  if (declaredS < 2) return { untested: `of a keep-alive of ${declaredS} s there is no half in whole seconds` }
  const halfS = Math.floor(declaredS / 2)
  stage.answer(fault, { serverKeepAliveS: halfS })
  stage.cut(line, fault)
  const back = await stage.ready('disconnected: waiting for the device to come back', stage.limits.backMs)
  const imposed = stage.roster.current
  if (!back || !imposed) return { conn: line.conn }
  await stage.until('its keep-alive was halved: counting its packets', WATCHED_K * halfS * 1000, ends(imposed))
  stage.lift()
  // Its next CONNACK is the broker's own again.
  if (imposed.alive) stage.cut(imposed, fault)
  await recovered(stage, 'disconnected: waiting for the device to come back')
  return { conn: imposed.conn }
}

function judge(scene: Scene): readonly Remark[] {
  const line = lineUnderTest(scene)
  if (!line || scene.terms.imposedS === undefined) return untested('the device did not come back with a new CONNACK')
  return dutyOn(scene, line, true)
}
