/**
 * A CONNACK that is changed on its way to the device: what a broker could have answered, and this one did not. The record holds what
 * the device was told.
 */
import mqttPacket from 'mqtt-packet'
import type { Ends } from '../link/pipe/ends.ts'
import type { Watch } from '../link/pipe/tap.ts'

export interface ConnackEdit {
  /** Server Keep Alive in seconds, MQTT 5.0 §3.2.2.3.14. 3.1.1 has none: there it changes nothing. */
  readonly serverKeepAliveS?: number
  /** The broker says that it kept no session: session present 0, 3.1.1 and 5.0 §3.2.2.2. */
  readonly noSession?: true
}

const CONNACK = 0x20
/** Fixed header, flags and return code of MQTT 3.1.1; a 5.0 one has properties too (§3.2). */
const CONNACK_3 = 4

/** The same bytes with their CONNACK changed, where they begin with a whole one. */
export function editConnack(bytes: Buffer, edit: ConnackEdit | undefined): Buffer {
  const length = 2 + (bytes[1] ?? 0x80)
  // A CONNACK of more than 127 bytes has properties that nothing here was made for; it passes as it is.
  if (!edit || bytes[0] !== CONNACK || (bytes[1] ?? 0x80) > 0x7f || bytes.length < length) return bytes
  const protocolVersion = length === CONNACK_3 ? 4 : 5
  const parser = mqttPacket.parser({ protocolVersion })
  let changed = bytes
  parser.on('error', () => {})
  parser.on('packet', packet => {
    if (packet.cmd !== 'connack' || (packet.returnCode ?? packet.reasonCode ?? 0) !== 0) return
    const { serverKeepAliveS: serverKeepAlive, noSession } = edit
    const imposes = protocolVersion === 5 && serverKeepAlive !== undefined
    const answer = {
      ...packet,
      ...(noSession && { sessionPresent: false }),
      ...(imposes && { properties: { ...packet.properties, serverKeepAlive } }),
    }
    changed = mqttPacket.generate(answer, { protocolVersion })
  })
  parser.parse(bytes.subarray(0, length))
  return changed === bytes ? bytes : Buffer.concat([changed, bytes.subarray(length)])
}

type Current = () => ConnackEdit | undefined

/** Records what the device is told. A CONNACK is the first thing that a broker says: [MQTT-3.2.0-1] of 3.1.1 and 5.0. */
export function edited(tap: Watch, current: Current): Watch {
  let first = true
  return {
    entered: (side, item) => tap.entered(side, item),
    left(side, item) {
      const isAnswer = side === 'client' && item.what === 'bytes'
      tap.left(side, isAnswer && first ? { ...item, bytes: editConnack(item.bytes, current()) } : item)
      if (isAnswer) first = false
    },
    ended: (side, how) => tap.ended(side, how),
    leavingPosition: flow => tap.leavingPosition(flow),
  }
}

/** Tells the device the same. */
export function editedEnds({ client, broker }: Ends, current: Current): Ends {
  let first = true
  const write: typeof client.write = (bytes, sent) => {
    client.write(first ? editConnack(bytes, current()) : bytes, sent)
    first = false
  }
  return { client: { ...client, write }, broker }
}
