import { connect } from 'node:net'
import { realClock, z } from 'halfopen'
import mqttPacket from 'mqtt-packet'

const options = z.strictObject({
  patience: z.number().min(0.1).max(1).default(0.5).describe('how long it waits for a PINGRESP, in K'),
})
const PINGREQ = Buffer.from([0xc0, 0])

/**
 * The MQTT stack of a modem, as AT commands drive it: it pings every K, publishes nothing, and hangs up where no PINGRESP comes.
 * @type {import('halfopen').ClientKind<import('halfopen').z.infer<typeof options>>}
 */
export const modem = {
  name: 'modem',
  summary: "a modem's own MQTT stack: pings every K, and hangs up without a PINGRESP",
  options,
  traffic: { publishing: false, receiving: false },
  protocols: [4],
  // The URL of the module that exports it: halfopen loads it in a process of its own, so that nothing else delays it.
  home: import.meta.url,
  // It keeps to the context's `dial` and `clock`, so it can live in virtual time too.
  simulated: true,
  // It knows neither TLS nor users.
  bare: true,
  available: async () => true,
  version: async () => '0.1.0',
  async start({ address, clientId, clock = realClock(), dial, keepaliveS, options, record, will }) {
    const stream = dial?.() ?? connect({ ...address, noDelay: true })
    /** @type {Set<() => void>} */
    const waits = new Set()
    /** @param {number} ms @param {() => void} act */
    const after = (ms, act) => {
      const cancel = clock.at(clock.nowMs() + ms, () => {
        waits.delete(cancel)
        act()
      })
      waits.add(cancel)
      return cancel
    }
    const stop = () => {
      for (const cancel of waits) cancel()
      waits.clear()
    }
    const keepaliveMs = keepaliveS * 1000
    let hangUp = () => {}
    const ping = () => {
      stream.write(PINGREQ)
      hangUp = after(options.patience * keepaliveMs, () => {
        record({ who: 'client', what: 'closed', note: 'no PINGRESP: NO CARRIER' })
        stream.destroy()
      })
      after(keepaliveMs, ping)
    }
    const parser = mqttPacket.parser({ protocolVersion: 4 })
    parser.on('packet', packet => {
      if (packet.cmd === 'pingresp') hangUp()
      if (packet.cmd !== 'connack') return
      record({ who: 'client', what: 'connected', note: `CONNACK ${packet.returnCode}` })
      if (packet.returnCode === 0 && keepaliveS > 0) after(keepaliveMs, ping)
    })
    parser.on('error', error => stream.destroy(error))
    stream.on('data', bytes => void parser.parse(bytes))
    stream.on('error', error => record({ who: 'client', what: 'error', note: error.message }))
    stream.on('close', stop)
    stream.write(
      mqttPacket.generate({
        cmd: 'connect',
        clientId,
        keepalive: keepaliveS,
        clean: true,
        protocolId: 'MQTT',
        protocolVersion: 4,
        will: { topic: will.topic, payload: will.payload, qos: will.qos, retain: false },
      }),
    )
    return {
      async [Symbol.asyncDispose]() {
        stop()
        stream.destroy()
      },
    }
  },
}
