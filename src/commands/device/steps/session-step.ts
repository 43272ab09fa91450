import { type Connection, type PacketAt, sentPackets } from '../../../evidence/connection.ts'
import { swallow } from '../../../faults/swallow.ts'
import { formatMs } from '../../../model/duration.ts'
import type { Event } from '../../../model/event.ts'
import { plural } from '../../../text/words.ts'
import { keepaliveMs } from '../device-line.ts'
import type { Stage } from '../device-stage.ts'
import { linkOrders } from '../half-open.ts'
import { recovered } from '../recovery.ts'
import { linesOf, lineUnderTest, nextLine } from '../scene.ts'
import { type DeviceStep, type PlayedStep, type Remark, type Scene, untested } from '../step.ts'
import { comingBack } from './connack.ts'

/** A message that was not acknowledged is awaited for so long; and so long afterwards, to be sent again. */
const MESSAGE_MS = 60_000
const RESEND_MS = 5000

export const session: DeviceStep = {
  name: 'session',
  title: 'Session resumed',
  summary: 'the server ends the connection, with a message under way where there is one, and lets the device in again',
  longestMs: () => MESSAGE_MS + RESEND_MS,
  act,
  judge,
}

async function act(stage: Stage, fault: string): Promise<PlayedStep> {
  const { line } = stage
  const before = stage.roster.own
  if (line.terms.clean) return { untested: CLEAN }
  const acknowledged = before.some(({ acknowledgeable }) => acknowledgeable > 0)
  const withheld = swallow.on({ packets: ['puback', 'pubrec'], direction: 'down' }, keepaliveMs(line.terms))
  stage.hold(fault, acknowledged ? linkOrders(withheld) : [])
  const published = (event: Event) => isPublish(event) && event.conn === line.conn && event.edge === 'broker'
  if (acknowledged) await stage.until('waiting for a message of the device', MESSAGE_MS, published)
  stage.cut(line, fault)
  stage.lift()
  await stage.ready('disconnected: waiting for the device to come back', stage.limits.backMs)
  const resent = (event: Event) => isPublish(event) && event.packet.dup === true && event.conn !== line.conn
  if (acknowledged) await stage.until('waiting for the message to be sent again', RESEND_MS, resent)
  await recovered(stage, 'waiting for the device to come back')
  return { conn: line.conn }
}

const CLEAN =
  'the device asks for a clean session: there is none to resume, and what is sent to it while it is away is lost'

const isPublish = (event: Event): event is PacketAt =>
  event.what === 'packet' && event.packet.cmd === 'publish' && event.flow === 'up'

function judge(scene: Scene): readonly Remark[] {
  const line = lineUnderTest(scene)
  if (!line) return untested('the device was not connected')
  const back = nextLine(scene)
  if (!back) return comingBack(scene)
  const connect = sentPackets(back, 'up', 'connect')[0]?.packet
  const present = back.packets.find(({ packet }) => packet.cmd === 'connack')?.packet.sessionPresent === true
  if (connect?.clean) return [cleanAgain(), ...comingBack(scene)]
  return [...(present ? resumed(scene, line, back) : lost(scene, back)), ...comingBack(scene)]
}

const cleanAgain = (): Remark => ({
  result: 'warning',
  text: 'the device asked for its session at first, and for a clean one when it came back: what came meanwhile is lost',
  advice:
    'send the same Clean Session (5.0: Clean Start) at each CONNECT, except where the session is really to be dropped',
})

function resumed(scene: Scene, line: Connection, back: Connection): readonly Remark[] {
  const again = sentPackets(back, 'up', 'subscribe').filter(({ atMs }) => atMs <= scene.toMs)
  const needless = again.length > 0 ? ', and it subscribed again, which was not needed' : ''
  const text = `the broker had kept the session (session present 1), and the device went on with it${needless}`
  return [{ result: 'pass', text, figure: 'session resumed' }, ...underWay(scene, line, back)]
}

/** A session that the broker did not keep: subscriptions are gone, 3.1.1 and 5.0 §3.2.2.2. */
function lost(scene: Scene, back: Connection): readonly Remark[] {
  const none = 'the broker had kept no session (session present 0'
  const expiry = scene.terms.protocol === 5 ? ', as with a Session Expiry Interval of 0)' : ')'
  const needed = linesOf(scene).some(({ conn, packets }) => conn < back.conn && packets.some(isSubscribe))
  if (!needed) return untested(`${none}${expiry}, and the device subscribes to nothing`)
  const again = back.packets.find(at => isSubscribe(at) && at.edge === 'client')
  if (again)
    return [
      {
        result: 'pass',
        figure: 'no session kept, subscribed again',
        text: `${none}${expiry}, and the device subscribed again`,
      },
    ]
  return [
    {
      result: 'fail',
      text: `${none}${expiry}, and the device did not subscribe again: nothing reaches it any more`,
      clause: `${scene.terms.protocol === 5 ? 'MQTT 5.0' : 'MQTT 3.1.1'} §3.2.2.2`,
      advice: 'subscribe again whenever a CONNACK says session present 0',
    },
  ]
}

const isSubscribe = ({ packet }: PacketAt): boolean => packet.cmd === 'subscribe'

/** Sent again with its packet identifier: 3.1.1 and 5.0 [MQTT-4.4.0-1]; and with DUP: [MQTT-3.3.1-1]. */
function underWay(scene: Scene, line: Connection, back: Connection): readonly Remark[] {
  const open = unacknowledged(line)
  if (open.length === 0) return []
  const sent = sentPackets(back, 'up', 'publish').filter(({ atMs }) => atMs <= scene.toMs)
  const again = sent.filter(({ packet }) => open.includes(packet.messageId ?? -1))
  const missing = open.filter(id => !again.some(({ packet }) => packet.messageId === id))
  const version = scene.terms.protocol === 5 ? 'MQTT 5.0' : 'MQTT 3.1.1'
  const what = `of ${plural(open.length, 'message')} without acknowledgement`
  if (missing.length > 0) {
    const advice =
      'keep what was not acknowledged, and send it again with the same packet identifier when the session is resumed'
    const text = `${what}, ${missing.length} did not come again with the same id within ${formatMs(RESEND_MS)}`
    return [{ result: 'fail', text, clause: `${version} [MQTT-4.4.0-1]`, advice }]
  }
  if (again.every(({ packet }) => packet.dup))
    return [{ result: 'pass', text: `${what}, all came again, with DUP and the same id` }]
  // A MUST too, but nobody is harmed: no receiver may take DUP for more than a hint (§3.3.1.1).
  const text = `${what}, all came again with the same id, but without DUP`
  return [{ result: 'warning', text, clause: `${version} [MQTT-3.3.1-1]`, advice: 'set DUP on what is sent again' }]
}

/** Packet identifiers of messages that the device sent, and whose PUBACK or PUBREC did not reach it. */
function unacknowledged(line: Connection): readonly number[] {
  const open = new Set<number>()
  for (const { packet, edge, flow } of line.packets) {
    if (edge !== 'client' || packet.messageId === undefined) continue
    if (packet.cmd === 'publish' && flow === 'up') open.add(packet.messageId)
    if (flow === 'down' && (packet.cmd === 'puback' || packet.cmd === 'pubrec')) open.delete(packet.messageId)
  }
  return [...open]
}
