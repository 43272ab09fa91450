/**
 * A control packet as it may have been on the wire, made again of what the evidence keeps of it. What is not kept (payloads, user
 * names, passwords, properties that decide nothing) is zeros of the same length, so that the packet has the length that it had.
 */
import { generate, type Packet } from 'mqtt-packet'
import type { PacketSummary } from '../model/event.ts'

const FILL = 'x'
const QOS_OF_WILL = 1

/** `undefined`: it can't be made in that length. `protocol`: as its connection's CONNECT said. */
export function mqttBytes(summary: PacketSummary, protocol: number): Buffer | undefined {
  const make = (pad: number): Buffer | undefined => {
    try {
      return generate(packetOf(summary, protocol, pad) as unknown as Packet, { protocolVersion: protocol })
    } catch {
      return undefined
    }
  }
  // A length of its own is told in one byte more at 128, so the right filling is found in a few steps.
  let pad = 0
  for (let step = 0; step < 4; step++) {
    const bytes = make(pad)
    if (!bytes) return undefined
    if (bytes.length === summary.bytes) return bytes
    const next = Math.max(0, pad + summary.bytes - bytes.length)
    if (next === pad) return undefined
    pad = next
  }
  return undefined
}

/** The same packet where no padding gives it the length that was seen: its length differs then. */
export function mqttBytesOfAnyLength(summary: PacketSummary, protocol: number): Buffer | undefined {
  try {
    return generate(packetOf(summary, protocol, 0) as unknown as Packet, { protocolVersion: protocol })
  } catch {
    return undefined
  }
}

type Fields = Record<string, unknown>

/** As mqtt-packet takes it, with `pad` bytes of what is not known. */
function packetOf(summary: PacketSummary, protocol: number, pad: number): Fields {
  const { cmd, messageId = 1, topic = FILL, qos = 0, dup = false, code = 0 } = summary
  switch (cmd) {
    case 'connect':
      return connect(summary, pad)
    case 'connack':
      return {
        cmd,
        returnCode: code,
        reasonCode: code,
        sessionPresent: summary.sessionPresent ?? false,
        ...connackProperties(summary, protocol, pad),
      }
    case 'publish':
      return { cmd, topic, qos, dup, retain: false, payload: Buffer.alloc(pad), ...(qos > 0 ? { messageId } : {}) }
    case 'subscribe': {
      const filters = summary.filters ?? [{ topic: FILL, qos: 0 as const }]
      const subscriptions = filters.map((filter, i) => ({
        ...filter,
        topic: i === 0 ? filter.topic + FILL.repeat(pad) : filter.topic,
      }))
      return { cmd, messageId, qos: 1, subscriptions }
    }
    case 'unsubscribe':
      return { cmd, messageId, qos: 1, unsubscriptions: [FILL + FILL.repeat(pad)] }
    case 'suback':
    case 'unsuback':
      return { cmd, messageId, granted: Array.from({ length: 1 + pad }, () => 0) }
    case 'pingreq':
    case 'pingresp':
      return { cmd }
    case 'disconnect':
    case 'auth':
      return { cmd, reasonCode: code, ...filling(protocol, pad) }
    default:
      return { cmd, messageId, reasonCode: code, ...filling(protocol, pad) }
  }
}

function connect(summary: PacketSummary, pad: number): Fields {
  const {
    clientId = '',
    keepaliveS = 0,
    clean = true,
    protocolVersion = 4,
    sessionExpiryS,
    receiveMaximum,
    will,
  } = summary
  const known = {
    ...(sessionExpiryS !== undefined && { sessionExpiryInterval: sessionExpiryS }),
    ...(receiveMaximum !== undefined && { receiveMaximum }),
  }
  const properties = protocolVersion === 5 && Object.keys(known).length > 0 ? { properties: known } : {}
  const filled = will
    ? { will: { topic: will.topic, qos: will.qos ?? QOS_OF_WILL, retain: will.retain, payload: Buffer.alloc(pad) } }
    : pad >= 2
      ? { username: FILL.repeat(pad - 2) }
      : {}
  return {
    cmd: 'connect',
    protocolId: protocolVersion === 3 ? 'MQIsdp' : 'MQTT',
    protocolVersion,
    clientId,
    keepalive: keepaliveS,
    clean,
    ...properties,
    ...filled,
  }
}

function connackProperties(
  { serverKeepAliveS, clientId, sessionExpiryS }: PacketSummary,
  protocol: number,
  pad: number,
): Fields {
  if (protocol !== 5) return {}
  const { properties = {} } = filling(protocol, pad) as { properties?: Fields }
  return {
    properties: {
      ...(serverKeepAliveS === undefined ? {} : { serverKeepAlive: serverKeepAliveS }),
      ...(clientId === undefined ? {} : { assignedClientIdentifier: clientId }),
      ...(sessionExpiryS === undefined ? {} : { sessionExpiryInterval: sessionExpiryS }),
      // 2 and 3 bytes long, MQTT 5.0 §3.2.2.3.
      ...(pad === 2 || pad === 4 ? { retainAvailable: true } : {}),
      ...(pad === 4 ? { wildcardSubscriptionAvailable: true } : {}),
      ...(pad === 3 ? { receiveMaximum: 65_535 } : {}),
      ...properties,
    },
  }
}

/** A user property of that length, MQTT 5.0 §2.2.2.2: an identifier and two texts. */
const filling = (protocol: number, pad: number): Fields =>
  protocol === 5 && pad >= 5 ? { properties: { userProperties: { [FILL]: FILL.repeat(Math.max(0, pad - 6)) } } } : {}
