import { sentPackets } from '../../../evidence/connection.ts'
import { swallow } from '../../../faults/swallow.ts'
import { formatMs } from '../../../model/duration.ts'
import type { Event } from '../../../model/event.ts'
import { inK } from '../../../text/words.ts'
import { ends, type Stage } from '../device-stage.ts'
import { linkOrders } from '../half-open.ts'
import { broughtBack, recovered } from '../recovery.ts'
import { chosenFilter, isPubackOn, linesOf, MESSAGE_ID, messageTo } from '../scene.ts'
import { type DeviceStep, type PlayedStep, type Remark, type Scene, untested } from '../step.ts'

const ACKNOWLEDGED_MS = 10_000

/**
 * What a broker kept for a session it sends at once behind the CONNACK, before the device can have subscribed again. A device whose
 * application takes messages only once it has subscribed loses just those.
 */
export const keptMessage: DeviceStep = {
  name: 'kept-message',
  title: 'Message kept while away',
  summary: 'the device is disconnected; with its CONNACK comes a message of QoS 1 that was kept for it',
  longestMs: ({ backMs }, kMs) => ACKNOWLEDGED_MS + 2 * backMs + 2 * kMs,
  act,
  judge,
}

async function act(stage: Stage, fault: string): Promise<PlayedStep> {
  const { line, roster, limits } = stage
  if (limits.payload === undefined) return { untested: 'no messages are to be sent to it (--no-messages)' }
  if (line.terms.clean) return { untested: 'the device asks for a clean session: nothing is kept for it' }
  const message = messageTo(stage, line, { qos: 1 })
  if (!message) return { untested: 'the device subscribes to nothing, so there is nothing to keep for it' }
  if (chosenFilter(roster.filters)?.qos === 0)
    return { untested: 'the device subscribes with QoS 0 only, and a broker need not keep such messages' }
  // The broker itself sent no such message.
  stage.hold(fault, linkOrders(swallow.on({ packets: ['puback'], direction: 'up' }, 0)))
  const isBack = await broughtBack(stage, fault)
  const resumed = roster.current
  if (isBack && resumed && stage.say(resumed, message)) {
    const over = (event: Event) => isPubackOn(resumed)(event) || ends(resumed)(event)
    await stage.until('sent it a message that was kept for it: waiting for its PUBACK', ACKNOWLEDGED_MS, over)
  }
  stage.lift()
  await recovered(stage, 'waiting for the device to come back')
  return { conn: resumed?.conn ?? line.conn }
}

/** 3.1.1 [MQTT-4.4.0-1] and 5.0 [MQTT-4.4.0-1] of the broker; of the device 3.1.1 [MQTT-4.3.2-2], 5.0 [MQTT-4.3.2-4]. */
function judge(scene: Scene): readonly Remark[] {
  const line = linesOf(scene).find(({ conn }) => conn === scene.conn)
  const connack = line?.packets.find(({ packet, edge }) => packet.cmd === 'connack' && edge === 'client')
  if (!line || !connack || connack.atMs < scene.fromMs) return untested('the device did not come back to be sent it')
  if (connack.packet.sessionPresent !== true) return untested('the broker had kept no session (session present 0)')
  const clause = scene.terms.protocol === 5 ? 'MQTT 5.0 [MQTT-4.3.2-4]' : 'MQTT 3.1.1 [MQTT-4.3.2-2]'
  const answer = sentPackets(line, 'up', 'puback').find(({ packet }) => packet.messageId === MESSAGE_ID)
  if (answer)
    return [
      {
        result: 'pass',
        clause,
        figure: 'acknowledged',
        text: `it acknowledged what had been kept for it ${inK(answer.atMs - connack.atMs, 0)} after its CONNACK`,
      },
    ]
  return [
    {
      result: 'fail',
      clause,
      text: `it did not acknowledge a message that came right behind its CONNACK within ${formatMs(ACKNOWLEDGED_MS)}: what was kept for it while it was away is lost to it, or comes again at each reconnect`,
      advice:
        'take messages from the CONNACK on, before anything is subscribed to again: install the handler before connecting',
    },
  ]
}
