import { connect, Socket } from 'node:net'
import { addAbortSignal, type Duplex } from 'node:stream'
import mqttPacket from 'mqtt-packet'
import WebSocket, { createWebSocketStream } from 'ws'
import type { WireReading } from '../../dialects/wire-dialect.ts'
import type { Address } from '../../link/kinds/link.ts'

/** MQTT 3.1.1 §3.1.2.10; short enough for a broker that limits it (max_keepalive, keepaliveLimit). */
const KEEPALIVE_S = 10
const PROBE = 'halfopen-probe'

/** A CONNACK with all its properties is some hundred bytes. */
const MOST_BYTES = 64 * 1024

/**
 * Whether an MQTT broker answers there: CONNECT until CONNACK, of whatever code. A listening port or a line in a log say
 * less: both come before the broker serves anybody. `reading`: of a broker of another dialect, which is greeted in it. It never rejects.
 * No time limit of its own; end it with `signal`.
 */
export function answersConnect(
  { host, port }: Address,
  signal?: AbortSignal,
  dial: () => Duplex = () => connect({ host, port, noDelay: true }),
  reading?: WireReading,
): Promise<boolean> {
  return new Promise(resolve => {
    const socket = dial()
    if (signal) addAbortSignal(signal, socket)
    const done = (answered: boolean) => {
      resolve(answered)
      socket.destroy()
    }
    const { asks, hears } = reading ? greeting(reading, done) : connecting(done)
    // A stream over a WebSocket keeps what is written until it is open, and tells of no connection.
    if (socket instanceof Socket) socket.on('connect', () => socket.write(asks))
    else socket.write(asks)
    let heard = 0
    socket.on('data', bytes => {
      heard += bytes.length
      if (heard > MOST_BYTES) done(false)
      else hears(bytes)
    })
    socket.on('error', () => done(false))
    socket.on('close', () => done(false))
  })
}

interface Question {
  readonly asks: Buffer
  readonly hears: (bytes: Buffer) => void
}

function connecting(done: (answered: boolean) => void): Question {
  const parser = mqttPacket.parser()
  parser.on('packet', packet => done(packet.cmd === 'connack'))
  parser.on('error', () => done(false))
  return { asks: connectPacket(), hears: bytes => void parser.parse(bytes) }
}

/** In another dialect: a greeting, and any packet for an answer. */
function greeting({ introduction, reader }: WireReading, done: (answered: boolean) => void): Question {
  const reads = reader({}, 'down')
  return {
    asks: introduction({ clientId: PROBE, keepaliveS: KEEPALIVE_S }).first,
    hears(bytes) {
      const [first] = reads.push(bytes)
      if (first) done('packet' in first)
    },
  }
}

/** The same stream within a WebSocket, as a browser would open it. */
export function webSocketTo(
  { host, port }: Address,
  dial: () => Duplex = () => connect({ host, port, noDelay: true }),
): Duplex {
  const socket = new WebSocket(`ws://${host.includes(':') ? `[${host}]` : host}:${port}/mqtt`, 'mqtt', {
    createConnection: () => dial() as Socket,
    perMessageDeflate: false,
  })
  return createWebSocketStream(socket)
}

const connectPacket = (): Buffer =>
  mqttPacket.generate({
    cmd: 'connect',
    clientId: PROBE,
    keepalive: KEEPALIVE_S,
    clean: true,
    protocolId: 'MQTT',
    protocolVersion: 4,
  })
