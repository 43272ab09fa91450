import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import mqttPacket from 'mqtt-packet'
import { z } from 'zod'
import { DEFAULT_DIALECT, dialects } from '../../dialects/index.ts'
import type { WireDialect, WireReading } from '../../dialects/wire-dialect.ts'
import type { WebSocketSummary } from '../../model/event.ts'
import { clientFrame } from '../../websocket/frame-splitter.ts'
import { newConversation, StreamReader } from '../../websocket/stream-reader.ts'
import { isUpgraded } from '../../websocket/upgrade-head.ts'
import { isTls, isWebSocket, tlsOptions } from '../reach/access.ts'
import type { ClientContext, ClientKind } from './client.ts'
import { willPacket } from './payload.ts'

const options = z.strictObject({})

/**
 * A device that loses its power right after CONNECT: it never sends again, not even a FIN, and never reconnects. It goes on
 * reading, as the network would go on delivering. Over a WebSocket it answers no ping and no close either. To a broker of another dialect
 * it says what is needed to be accepted.
 */
export const silent: ClientKind<z.infer<typeof options>> = {
  name: 'silent',
  summary: 'a raw client that sends CONNECT and then nothing, and never closes',
  options,
  speaksAll: true,
  traffic: { publishing: false, receiving: false },
  simulated: true,
  home: import.meta.url,
  schemes: ['mqtt', 'mqtts', 'ws', 'wss'],
  pings: false,
  available: async () => true,
  version: async () => 'built in',
  async start(context) {
    const stream = open(context)
    const tell: Tell = (what, note) => context.record({ who: 'client', what, note })
    stream.on('end', () => tell('log', 'the other end closed'))
    stream.on('error', error => tell('error', error.message))
    stream.on('close', () => tell('closed', 'the connection is gone'))
    const wire = dialects.get(context.dialect ?? '') ?? DEFAULT_DIALECT
    if (wire.reading) introduce(stream, wire, wire.reading, context, tell)
    else connectTo(stream, context, tell)
    return {
      async [Symbol.asyncDispose]() {
        stream.destroy()
      },
    }
  },
}

type Tell = (what: 'connected' | 'closed' | 'error' | 'log', note: string) => void

/** In another dialect than MQTT. */
function introduce(stream: Duplex, wire: WireDialect, reading: WireReading, context: ClientContext, tell: Tell): void {
  const { first, answer } = reading.introduction(context)
  const reader = reading.reader({}, 'down')
  stream.on('data', bytes => {
    for (const seen of reader.push(bytes)) {
      if ('undecoded' in seen) return tell('error', seen.undecoded)
      if (wire.accepts(seen.packet)) tell('connected', seen.packet.cmd)
      if (wire.refuses(seen.packet)) tell('error', `${seen.packet.cmd} ${seen.packet.code ?? ''}`.trim())
      const said = answer?.(seen.packet)
      if (said) stream.write(said)
    }
  })
  stream.write(first)
}

function connectTo(stream: Duplex, context: ClientContext, tell: Tell): void {
  const answered = ({ status = 0 }: WebSocketSummary) => {
    if (isUpgraded({ status })) stream.write(clientFrame(connectPacket(context)))
    else tell('error', `its upgrade to a WebSocket was answered with HTTP ${status}`)
  }
  const webSocket = context.access !== undefined && isWebSocket(context.access)
  const talk = { ...newConversation(), protocolVersion: context.protocol, isWebSocket: webSocket }
  const reader = new StreamReader(talk, 'down')
  stream.on('data', bytes => {
    for (const seen of reader.push(bytes))
      if ('undecoded' in seen) tell('error', seen.undecoded)
      else if ('packet' in seen && seen.packet.cmd === 'connack') tell('connected', `CONNACK ${seen.packet.code ?? 0}`)
      else if ('websocket' in seen && seen.websocket.kind === 'response') answered(seen.websocket)
  })
  stream.write(webSocket ? upgradeRequest(context) : connectPacket(context))
}

/** RFC 6455 §4.1. It takes any answer: what a device that is dead would check is of no account. */
function upgradeRequest({ address: { host, port }, access }: ClientContext): Buffer {
  const { path = '/', authority = `${host}:${port}` } = access ?? {}
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${authority}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: mqtt',
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
}

/** Half-open allowed: it must not answer the broker's FIN, or its close_notify, with its own. */
function open({ dial, address, access }: ClientContext): Duplex {
  const stream = dial?.() ?? connect({ ...address, noDelay: true })
  stream.allowHalfOpen = true
  return access && isTls(access) ? connectTls({ ...tlsOptions(access), socket: stream }) : stream
}

const connectPacket = ({ access, clientId, keepaliveS, protocol, will }: ClientContext): Buffer =>
  mqttPacket.generate(
    {
      cmd: 'connect',
      clientId,
      keepalive: keepaliveS,
      clean: true,
      ...(access?.username !== undefined && { username: access.username }),
      ...(access?.password !== undefined && { password: Buffer.from(access.password) }),
      protocolId: 'MQTT',
      protocolVersion: protocol,
      ...(access?.username === undefined ? {} : { username: access.username }),
      ...(access?.password === undefined ? {} : { password: Buffer.from(access.password) }),
      ...willPacket(will),
    },
    { protocolVersion: protocol },
  )
