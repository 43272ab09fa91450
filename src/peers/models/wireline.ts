import type { Duplex } from 'node:stream'
import mqttPacket, { type Packet } from 'mqtt-packet'

export interface WirelineEvents {
  packet(packet: Packet): void
  /** Once. `reason`: the error's code or message; absent for an orderly end. */
  closed(reason: string | undefined): void
}

/** Control packets over a stream: what the models of clients and brokers share. */
export interface Wireline {
  /** Nothing happens once it has ended. */
  send(packet: Packet): void
  /** MQTT protocol level for what follows; a broker learns it from CONNECT. */
  speak(protocol: number): void
  /** As close() of a socket: what was written still goes out. */
  close(): void
}

export function wireline(stream: Duplex, protocol: number, events: WirelineEvents): Wireline {
  let level = protocol
  let reason: string | undefined
  const parser = mqttPacket.parser({ protocolVersion: protocol })
  parser.on('packet', packet => events.packet(packet))
  // The bytes are not MQTT: nothing after them can be trusted.
  parser.on('error', error => stream.destroy(error))
  stream.on('data', bytes => void parser.parse(bytes))
  stream.on('end', () => stream.destroy())
  stream.on('error', (error: NodeJS.ErrnoException) => {
    reason = error.code ?? error.message
  })
  stream.once('close', () => events.closed(reason))
  return {
    send(packet) {
      if (stream.writable) stream.write(mqttPacket.generate(packet, { protocolVersion: level }))
    },
    speak(next) {
      level = next
    },
    close: () => stream.destroy(),
  }
}
