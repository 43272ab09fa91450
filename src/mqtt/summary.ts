import { type IConnectPacket, type Packet, parser } from 'mqtt-packet'
import type { PacketSummary, WillSummary } from '../model/event.ts'

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
        will: willIn(packet),
        sessionExpiryS: packet.properties?.sessionExpiryInterval,
        maximumPacketSize: packet.properties?.maximumPacketSize,
      })
    case 'connack':
      return defined({
        cmd,
        code: packet.reasonCode ?? packet.returnCode,
        sessionPresent: packet.sessionPresent,
        serverKeepAliveS: packet.properties?.serverKeepAlive,
        clientId: packet.properties?.assignedClientIdentifier,
        sessionExpiryS: packet.properties?.sessionExpiryInterval,
      })
    case 'publish':
      return defined({
        cmd,
        topic: packet.topic,
        qos: packet.qos,
        dup: packet.dup,
        messageId: packet.qos > 0 ? packet.messageId : undefined,
      })
    case 'subscribe':
      return defined({
        cmd,
        messageId: packet.messageId,
        filters: packet.subscriptions.map(({ topic, qos }) => ({ topic, qos })),
      })
    case 'disconnect':
      return defined({ cmd, code: packet.reasonCode, sessionExpiryS: packet.properties?.sessionExpiryInterval })
    default:
      return defined({ cmd, messageId: packet.messageId, code: 'reasonCode' in packet ? packet.reasonCode : undefined })
  }
}

/** All but the payload. */
function willIn({ will }: IConnectPacket): WillSummary | false {
  if (!will) return false
  const delayS = will.properties?.willDelayInterval
  return {
    topic: will.topic,
    qos: will.qos ?? 0,
    retain: will.retain === true,
    ...(delayS === undefined ? {} : { delayS }),
  }
}

type Loose<T> = { readonly [K in keyof T]: T[K] | undefined }

/** Without the fields that the packet did not have. */
const defined = (summary: Loose<Omit<PacketSummary, 'bytes'>>) =>
  Object.fromEntries(Object.entries(summary).filter(([, value]) => value !== undefined)) as unknown as Omit<
    PacketSummary,
    'bytes'
  >
