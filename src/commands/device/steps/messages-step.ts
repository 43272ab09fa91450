import { type Connection, firstEnd, sentPackets } from '../../../evidence/connection.ts'
import { blackhole } from '../../../faults/blackhole.ts'
import { swallow } from '../../../faults/swallow.ts'
import { inK, plural } from '../../../text/words.ts'
import { type DeviceLine, keepaliveMs } from '../device-line.ts'
import { ends, type Stage } from '../device-stage.ts'
import { silent } from '../duty.ts'
import { linkOrders } from '../half-open.ts'
import { recovered } from '../recovery.ts'
import { chosenFilter, holdOf, isPubackOn, lineUnderTest, MESSAGE_ID, messageTo } from '../scene.ts'
import { type DeviceStep, type PlayedStep, type Remark, type Scene, untested } from '../step.ts'

const ACKNOWLEDGED_MS = 10_000
/** A large message on a slow link: so many bytes, over so long. */
const LARGE_BYTES = 16_384
/** What a PUBLISH has beside its payload, at most with a usual topic. */
const HEADER_BYTES = 256
const SLOW_K = 2.5
const SLICES = 25
const SLOW = 'slow'

export const messages: DeviceStep = {
  name: 'messages',
  title: 'Messages received',
  summary: 'the device is sent a message of QoS 1, and a large one that takes 2.5K to arrive',
  longestMs: ({ backMs }, kMs) => ACKNOWLEDGED_MS + (SLOW_K + 3) * kMs + 1000 + backMs,
  act,
  judge,
}

async function act(stage: Stage, fault: string): Promise<PlayedStep> {
  const { line } = stage
  if (stage.limits.payload === undefined) return { untested: 'no messages are to be sent to it (--no-messages)' }
  const message = messageTo(stage, line, { qos: 1 })
  if (!message) return { untested: 'the device subscribes to nothing, so there is nothing to send to it' }
  if ((chosenFilter(stage.roster.filters)?.qos ?? 0) > 0) await acknowledged(stage, line, fault, message)
  if (line.alive) await slowly(stage, line, `${fault}/${SLOW}`)
  if (!line.alive) await recovered(stage, 'waiting for the device to come back')
  return { conn: line.conn }
}

/** Its PUBACK is kept from the broker, which sent no such message. */
async function acknowledged(stage: Stage, line: DeviceLine, fault: string, message: Buffer): Promise<void> {
  stage.hold(fault, linkOrders(swallow.on({ packets: ['puback'], direction: 'up' }, 0)))
  if (stage.say(line, message))
    await stage.until(
      'sent it a message of QoS 1: waiting for its PUBACK',
      ACKNOWLEDGED_MS,
      event => isPubackOn(line)(event) || ends(line)(event),
    )
  stage.lift()
}

/** What the broker says meanwhile waits behind it, as on a slow link; its PINGRESP too. */
async function slowly(stage: Stage, line: DeviceLine, name: string): Promise<void> {
  const kMs = keepaliveMs(line.terms)
  const mostBytes = (line.connect?.maximumPacketSize ?? Number.POSITIVE_INFINITY) - HEADER_BYTES
  const message = messageTo(stage, line, { qos: 0, bytes: Math.max(1, Math.min(LARGE_BYTES, mostBytes)) })
  if (!message || kMs === 0) return
  stage.hold(name, linkOrders(blackhole.on({ direction: 'down', recovery: 'at-once' }, kMs)))
  const size = Math.ceil(message.length / SLICES)
  for (let from = 0; from < message.length && line.alive; from += size) {
    if (!stage.say(line, message.subarray(from, from + size), from > 0)) break
    await stage.until('sending it a large message slowly', (SLOW_K * kMs) / SLICES, ends(line))
  }
  stage.lift()
  if (line.alive) await stage.until('the message is through: watching what it does', kMs + 1000, ends(line))
}

function judge(scene: Scene): readonly Remark[] {
  const line = lineUnderTest(scene)
  if (!line) return untested('the device was not connected')
  const tooSilent = silent(scene, line)
  if (tooSilent) return [tooSilent]
  return [...puback(scene, line), ...large(scene, line)]
}

/** 3.1.1 [MQTT-4.3.2-2], 5.0 [MQTT-4.3.2-4]. */
function puback(scene: Scene, line: Connection): readonly Remark[] {
  const hold = holdOf(scene)
  if (!hold) return [{ result: 'note', text: 'it subscribes with QoS 0 only, so it has nothing to acknowledge' }]
  const clause = scene.terms.protocol === 5 ? 'MQTT 5.0 [MQTT-4.3.2-4]' : 'MQTT 3.1.1 [MQTT-4.3.2-2]'
  const answer = sentPackets(line, 'up', 'puback').find(({ packet }) => packet.messageId === MESSAGE_ID)
  if (answer)
    return [
      { result: 'pass', clause, text: `it acknowledged a message of QoS 1 after ${inK(answer.atMs - hold.heldMs, 0)}` },
    ]
  const text = `it did not acknowledge a message of QoS 1 within ${inK((hold.liftedMs ?? scene.toMs) - hold.heldMs, 0)}`
  return [
    {
      result: 'fail',
      clause,
      text,
      advice: 'answer each PUBLISH of QoS 1 with a PUBACK of the same packet identifier',
    },
  ]
}

/** What is received is a sign of life, but the standard asks a client for an answer to its PINGREQ only. */
function large(scene: Scene, line: Connection): readonly Remark[] {
  const hold = holdOf({ ...scene, fault: `${scene.fault}/${SLOW}` })
  if (!hold) return []
  const kMs = keepaliveMs(scene.terms)
  const end = firstEnd(line, 'client', ['client'])
  const what = `a message of ${plural(LARGE_BYTES / 1024, 'kilobyte')} that took up to ${inK((hold.liftedMs ?? scene.toMs) - hold.heldMs, kMs)}`
  if (!end || end.atMs > scene.toMs)
    return [{ result: 'pass', figure: 'acknowledged and kept', text: `it kept its connection through ${what}` }]
  if (sentPackets(line, 'up', 'disconnect').length > 0)
    return [{ result: 'note', text: 'it disconnected by itself: a device that sleeps' }]
  return [
    {
      result: 'warning',
      figure: `gave up after ${inK(end.atMs - hold.heldMs, kMs)}`,
      text: `it gave its connection up ${inK(end.atMs - hold.heldMs, kMs)} after the beginning of ${what}: on a slow link it never gets such a message`,
      advice:
        'take whatever is received for a sign of life while a PINGRESP is awaited, and read while a message is worked on',
    },
  ]
}
