import { generate, type Packet } from 'mqtt-packet'

/** One of each, as bytes, for a protocol level. */
export function streamOf(packets: readonly Packet[], protocolVersion: 4 | 5): Buffer {
  return Buffer.concat(packets.map(packet => generate(packet, { protocolVersion })))
}

export const connect = (protocolVersion: 4 | 5): Packet => ({
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion,
  clean: true,
  clientId: 'device-1',
  keepalive: 30,
  username: 'alice',
  password: Buffer.from('secret'),
  will: { topic: 'will', payload: Buffer.from('private'), qos: 0, retain: false },
})

export const publish = (payload: string | Buffer, qos: 0 | 1 | 2 = 0): Packet => ({
  cmd: 'publish',
  topic: 'a/b',
  payload,
  qos,
  dup: false,
  retain: false,
  ...(qos > 0 && { messageId: 7 }),
})
