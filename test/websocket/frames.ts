import { Duplex } from 'node:stream'
import { constants, createDeflateRaw, deflateRawSync } from 'node:zlib'
import { frameOf, OPCODES } from '../../src/websocket/frame-splitter.ts'

export const REQUEST = Buffer.from(
  'GET /mqtt?X-Amz-Signature=sesame HTTP/1.1\r\nHost: broker\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: mqtt, mqttv3.1\r\n\r\n',
)
export const RESPONSE = Buffer.from(
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n',
)

const MASK = Buffer.from([1, 2, 3, 4])
interface Shape {
  readonly opcode?: number
  readonly fin?: boolean
  readonly rsv1?: boolean
}

/** A frame of a client (masked) or of a server, as the flow has it. */
export const frame = (
  flow: 'up' | 'down',
  payload: Buffer,
  { opcode = OPCODES.binary, fin = true, rsv1 = false }: Shape = {},
) => frameOf({ opcode, fin, rsv1, mask: flow === 'up' ? MASK : undefined }, payload)

/** A message of permessage-deflate (RFC 7692 §7.2.1), without a context of earlier ones. */
export const deflated = (payload: Buffer): Buffer =>
  Buffer.from(deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH })).subarray(0, -4)

/** A message in fragments of these sizes at most (RFC 6455 §5.4). */
export function fragments(flow: 'up' | 'down', payload: Buffer, size: number): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0; at < payload.length || pieces.length === 0; at += size) {
    const opcode = at === 0 ? OPCODES.binary : OPCODES.continuation
    pieces.push(frame(flow, payload.subarray(at, at + size), { opcode, fin: at + size >= payload.length }))
  }
  return Buffer.concat(pieces)
}

/** What is written there, as bytes; for the package ws, whose Sender wants a socket. */
export function sink(): { readonly stream: Duplex; taken(): Buffer } {
  const taken: Buffer[] = []
  const stream = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      taken.push(chunk)
      done()
    },
  })
  return { stream, taken: () => Buffer.concat(taken) }
}

/** Messages of one sender that keeps its context. */
export async function inOneContext(messages: readonly Buffer[]): Promise<readonly Buffer[]> {
  const deflate = createDeflateRaw()
  const done: Buffer[] = []
  for (const message of messages) {
    const pieces: Buffer[] = []
    const take = (piece: Buffer) => pieces.push(piece)
    deflate.on('data', take)
    deflate.write(message)
    await new Promise<void>(resolve => deflate.flush(constants.Z_SYNC_FLUSH, resolve))
    deflate.off('data', take)
    done.push(Buffer.concat(pieces).subarray(0, -4))
  }
  return done
}
