import { type Packet, parser } from 'mqtt-packet'
import type { PacketSummary } from '../model/event.ts'

/** One complete packet, or throws what mqtt-packet has against it. */
function parseOne(packet: Buffer, protocolVersion: number): Packet {
  // A new parser each time: the old one would keep the CONNECT it saw, password included.
  const reader = parser({ protocolVersion })
  let parsed: Packet | undefined
  reader.on('packet', found => {
    parsed = found
  })
  reader.on('error', error => {
    throw error
  })
  reader.parse(packet)
  if (!parsed) throw new Error('incomplete packet')
  return parsed
}

/** What evidence keeps of a packet; `bytes` is its length on the wire. */
export function summarize(packet: Buffer, bytes: number, protocolVersion: number): PacketSummary {
  return { ...fields(parseOne(packet, protocolVersion)), bytes }
}

function fields(packet: Packet): Omit<PacketSummary, 'bytes'> {
  const { cmd } = packet
  switch (packet.cmd) {
    case 'connect':
      return defined({
        cmd,
        clientId: packet.clientId,
        keepaliveS: packet.keepalive,
        protocolVersion: packet.protocolVersion,
        clean: packet.clean,
      })
    case 'connack':
      return defined({
        cmd,
        code: packet.reasonCode ?? packet.returnCode,
        sessionPresent: packet.sessionPresent,
        serverKeepAliveS: packet.properties?.serverKeepAlive,
      })
    case 'publish':
      return defined({
        cmd,
        topic: packet.topic,
        qos: packet.qos,
        dup: packet.dup,
        messageId: packet.qos > 0 ? packet.messageId : undefined,
      })
    default:
      return defined({ cmd, messageId: packet.messageId, code: 'reasonCode' in packet ? packet.reasonCode : undefined })
  }
}

type Loose<T> = { readonly [K in keyof T]: T[K] | undefined }

/** Without the fields that the packet did not have. */
const defined = (summary: Loose<Omit<PacketSummary, 'bytes'>>) =>
  Object.fromEntries(Object.entries(summary).filter(([, value]) => value !== undefined)) as unknown as Omit<
    PacketSummary,
    'bytes'
  >
