import { connect } from 'node:net'
import mqttPacket from 'mqtt-packet'
import { z } from 'zod'
import type { ClientContext, ClientKind } from './client.ts'
import { willPacket } from './payload.ts'

const options = z.strictObject({})

/**
 * A device that loses its power right after CONNECT: it never sends again, not even a FIN, and never reconnects. It goes on
 * reading, as the network would go on delivering.
 */
export const silent: ClientKind<z.infer<typeof options>> = {
  name: 'silent',
  summary: 'a raw client that sends CONNECT and then nothing, and never closes',
  options,
  traffic: { publishing: false, receiving: false },
  simulated: true,
  home: import.meta.url,
  bare: true,
  pings: false,
  available: async () => true,
  version: async () => 'built in',
  async start(context) {
    // Half-open allowed: it must not answer the broker's FIN with its own.
    const stream = context.dial?.() ?? connect({ ...context.address, noDelay: true })
    stream.allowHalfOpen = true
    const tell = (what: 'connected' | 'closed' | 'error' | 'log', note: string) =>
      context.record({ who: 'client', what, note })
    const parser = mqttPacket.parser({ protocolVersion: context.protocol })
    parser.on('packet', packet => {
      if (packet.cmd === 'connack') tell('connected', `CONNACK ${packet.returnCode ?? packet.reasonCode ?? 0}`)
    })
    parser.on('error', error => tell('error', error.message))
    stream.on('data', bytes => void parser.parse(bytes))
    stream.on('end', () => tell('log', 'the other end closed'))
    stream.on('error', error => tell('error', error.message))
    stream.on('close', () => tell('closed', 'the connection is gone'))
    stream.write(connectPacket(context))
    return {
      async [Symbol.asyncDispose]() {
        stream.destroy()
      },
    }
  },
}

const connectPacket = ({ clientId, keepaliveS, protocol, will }: ClientContext): Buffer =>
  mqttPacket.generate(
    {
      cmd: 'connect',
      clientId,
      keepalive: keepaliveS,
      clean: true,
      protocolId: 'MQTT',
      protocolVersion: protocol,
      ...willPacket(will),
    },
    { protocolVersion: protocol },
  )
