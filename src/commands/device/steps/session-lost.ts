import { sentPackets } from '../../../evidence/connection.ts'
import type { Event } from '../../../model/event.ts'
import type { Stage } from '../device-stage.ts'
import { broughtBack, recovered } from '../recovery.ts'
import { linesOf } from '../scene.ts'
import { type DeviceStep, type PlayedStep, type Remark, type Scene, untested } from '../step.ts'

/** So long after its CONNACK a device may take to subscribe again. */
const SUBSCRIBED_MS = 10_000

export const sessionLost: DeviceStep = {
  name: 'session-lost',
  title: 'Session lost',
  summary: 'the device is disconnected, and told when it comes back that the broker kept no session',
  longestMs: ({ backMs }, kMs) => SUBSCRIBED_MS + 2 * backMs + 2 * kMs,
  act,
  judge,
}

async function act(stage: Stage, fault: string): Promise<PlayedStep> {
  const { line } = stage
  if (line.terms.clean) return { untested: 'the device asks for a clean session: there is none to lose' }
  if (!stage.roster.subscribes) return { untested: 'the device subscribes to nothing, so it loses nothing' }
  stage.answer(fault, { noSession: true })
  if (await broughtBack(stage, fault)) {
    const subscribes = (event: Event) =>
      event.what === 'packet' && event.packet.cmd === 'subscribe' && event.conn === stage.roster.current?.conn
    await stage.until('its session is lost: waiting for its SUBSCRIBE', SUBSCRIBED_MS, subscribes)
  }
  stage.lift()
  const told = stage.roster.current
  // The broker has its session still.
  if (told?.alive) stage.cut(told, fault)
  await recovered(stage, 'disconnected: waiting for the device to come back')
  return { conn: told?.conn ?? line.conn }
}

function judge(scene: Scene): readonly Remark[] {
  const line = linesOf(scene).find(({ conn }) => conn === scene.conn)
  const connack = line?.packets.find(({ packet, edge }) => packet.cmd === 'connack' && edge === 'client')
  if (!line || !connack || connack.atMs < scene.fromMs) return untested('the device did not come back to be told')
  const clause = `${scene.terms.protocol === 5 ? 'MQTT 5.0' : 'MQTT 3.1.1'} §3.2.2.2`
  if (connack.packet.sessionPresent)
    return [{ result: 'inconclusive', text: 'its CONNACK could not be changed: it said session present 1' }]
  if (sentPackets(line, 'up', 'subscribe').length > 0)
    return [
      {
        result: 'pass',
        clause,
        text: 'it subscribed again when the broker had kept no session',
        figure: 'subscribed again',
      },
    ]
  return [
    {
      result: 'fail',
      clause,
      text: 'the broker had kept no session (session present 0), and the device did not subscribe again: nothing reaches it any more',
      advice: 'subscribe again whenever a CONNACK says session present 0',
    },
  ]
}
