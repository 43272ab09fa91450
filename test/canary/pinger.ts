import { connect } from 'node:net'
import mqttPacket from 'mqtt-packet'
import { z } from 'zod'
import { realClock } from '../../src/clock/real.ts'
import { every } from '../../src/engine/play.ts'
import type { ClientKind } from '../../src/peers/clients/client.ts'

/** A client with a bug that is met in the field: it pings as it should, and never looks whether anybody answers. */
export const pinger: ClientKind<object> = {
  name: 'pinger',
  summary: 'pings every K and ignores missing PINGRESPs',
  options: z.strictObject({}),
  traffic: { publishing: false, receiving: false },
  available: async () => true,
  version: async () => 'built in',
  async start({ address, clientId, keepaliveS, protocol, will, record }) {
    const socket = connect({ ...address, noDelay: true })
    socket.on('error', () => {})
    socket.on('close', () => record({ who: 'client', what: 'closed' }))
    socket.resume()
    socket.write(
      mqttPacket.generate({
        cmd: 'connect',
        clientId,
        keepalive: keepaliveS,
        clean: true,
        protocolId: 'MQTT',
        protocolVersion: protocol,
        will: { ...will, retain: false },
      }),
    )
    const clock = realClock()
    const stop = every(clock, clock.nowMs(), keepaliveS * 1000, () =>
      socket.write(mqttPacket.generate({ cmd: 'pingreq' })),
    )
    return {
      async [Symbol.asyncDispose]() {
        stop()
        socket.destroy()
      },
    }
  },
}
