/** Clients and a broker with one fault each, for the simulated lab: what they do on the wire is all that is known of them. */
import type { Duplex } from 'node:stream'
import mqttPacket, { type IConnectPacket, type Packet } from 'mqtt-packet'
import { z } from 'zod'
import { realClock } from '../../src/clock/real.ts'
import { every } from '../../src/engine/play.ts'
import { aedesCore } from '../../src/peers/brokers/aedes.ts'
import type { BrokerKind } from '../../src/peers/brokers/broker.ts'
import type { ClientContext, ClientKind } from '../../src/peers/clients/client.ts'

/** One connection of a scripted client. */
export interface Line {
  send(packet: Packet): void
  /** FIN. */
  close(): void
  /** When the broker last answered: CONNACK, PINGRESP. */
  readonly answeredMs: () => number
}

export interface Stage {
  readonly context: ClientContext<object>
  /** Opens a connection and says CONNECT: as the context says, unless `more` says otherwise. */
  open(more?: Partial<IConnectPacket>): Line
  nowMs(): number
  /** Until the run is over. */
  after(ms: number, act: () => void): void
  every(ms: number, act: () => void): void
}

/** A client that does what `play` says. */
export function scripted(name: string, play: (stage: Stage) => void): ClientKind<object> {
  return {
    name,
    summary: name,
    options: z.strictObject({}),
    traffic: { publishing: false, receiving: false },
    simulated: true,
    untold: true,
    available: async () => true,
    version: async () => 'scripted',
    async start(context) {
      const clock = context.clock ?? realClock()
      const streams: Duplex[] = []
      const cancels: (() => void)[] = []
      play({
        context,
        open: more => line(context, streams, () => clock.nowMs(), more),
        nowMs: () => clock.nowMs(),
        after: (ms, act) => void cancels.push(clock.at(clock.nowMs() + ms, act)),
        every: (ms, act) => void cancels.push(every(clock, clock.nowMs(), ms, () => act())),
      })
      return {
        async [Symbol.asyncDispose]() {
          for (const cancel of cancels) cancel()
          for (const stream of streams) stream.destroy()
        },
      }
    },
  }
}

function line(
  context: ClientContext<object>,
  streams: Duplex[],
  nowMs: () => number,
  more: Partial<IConnectPacket> = {},
): Line {
  const stream = context.dial?.()
  if (!stream) throw new Error('a scripted client lives in the simulated lab only')
  streams.push(stream)
  stream.on('error', () => {})
  let answeredMs = nowMs()
  const parser = mqttPacket.parser({ protocolVersion: context.protocol })
  parser.on('packet', packet => {
    if (packet.cmd !== 'publish') answeredMs = nowMs()
  })
  parser.on('error', () => {})
  stream.on('data', bytes => void parser.parse(bytes))
  const send = (packet: Packet) => {
    if (!stream.destroyed) stream.write(mqttPacket.generate(packet, { protocolVersion: context.protocol }))
  }
  const { clientId, keepaliveS, protocol, will } = context
  send({
    cmd: 'connect',
    clientId,
    keepalive: keepaliveS,
    clean: true,
    protocolId: 'MQTT',
    protocolVersion: protocol,
    will: { topic: will.topic, payload: will.payload, qos: will.qos, retain: false },
    ...more,
  })
  return { send, close: () => void stream.end(), answeredMs: () => answeredMs }
}

/** A good one: it pings every K, and closes once K has passed without an answer. */
export function keepAlive({ context, every, nowMs }: Stage, { send, close, answeredMs }: Line): void {
  const kMs = context.keepaliveS * 1000
  every(kMs, () => {
    if (nowMs() - answeredMs() > 1.5 * kMs) close()
    else send({ cmd: 'pingreq' })
  })
}

/** Aedes without its PINGRESPs: it breaks [MQTT-3.12.4-1] of 3.1.1 and 5.0. */
export const muteBroker: BrokerKind<object> = {
  name: 'mute',
  summary: 'Aedes that answers no PINGREQ',
  options: z.strictObject({}),
  protocols: [4],
  can: new Set(),
  available: async () => true,
  version: async () => '1',
  start: () => Promise.reject(new Error('it lives in the simulated lab only')),
  async embed() {
    const core = await aedesCore({ id: 'mute', heartbeatInterval: 86_400_000 })
    return {
      ...core,
      accept(stream) {
        const write = stream.write.bind(stream) as (...given: unknown[]) => boolean
        const isPingresp = (chunk: unknown) => Buffer.isBuffer(chunk) && chunk.length === 2 && chunk[0] === 0xd0
        stream.write = (chunk: unknown, ...rest: unknown[]) => isPingresp(chunk) || write(chunk, ...rest)
        core.accept(stream)
      },
    }
  },
}
