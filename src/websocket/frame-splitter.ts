/**
 * Splits a byte stream into WebSocket frames as it comes, in any chunking (RFC 6455 §5.2). Like mqtt/framer.ts it keeps a few numbers
 * and at most one frame's header, never payload: a tap may not wait, and needs to know where on the wire each frame begins and ends. The
 * receivers of `ws` and websocket-driver are ends of a connection: they gather whole messages and forget the borders of frames.
 */
import type { WebSocketFrameName } from '../model/event.ts'
import type { Flow } from '../model/flow.ts'

/** RFC 6455 §5.2. */
export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

export interface FrameHead {
  readonly opcode: number
  /** The last frame of its message. */
  readonly fin: boolean
  /** RSV1 of a message's first frame: permessage-deflate, RFC 7692 §6. */
  readonly rsv1: boolean
  readonly mask: Buffer | undefined
  readonly headerBytes: number
  readonly payloadBytes: number
}

/** A run of bytes of one frame: all that one chunk held of it. */
export interface FramePart {
  /** Absent while the header is not complete. */
  readonly head: FrameHead | undefined
  /** A view of the chunk, as on the wire. */
  readonly raw: Buffer
  /** What of it is payload, without the mask. */
  readonly payload: Buffer
  readonly starts: boolean
  readonly ends: boolean
}

export interface SplitFrames {
  readonly parts: readonly FramePart[]
  /** Bytes that belong to no frame. Nothing is split after them. */
  readonly rest?: Buffer
}

/** RFC 6455 §5.5: a control frame is not fragmented, and has at most so many bytes. */
const CONTROL_BYTES = 125
const NOTHING = Buffer.alloc(0)

export const isControl = ({ opcode }: FrameHead): boolean => opcode >= OPCODES.close

/** What its messages are: MQTT, which is binary, or anything. */
export type Carried = 'mqtt' | 'anything'

export class FrameSplitter {
  readonly #flow: Flow
  readonly #carries: Carried
  #header: number[] = []
  #head: FrameHead | undefined
  #doneBytes = 0
  /** A message has begun, and its last frame has not. */
  #inMessage = false
  #damage: string | undefined

  constructor(flow: Flow, carries: Carried = 'mqtt') {
    this.#flow = flow
    this.#carries = carries
  }

  get damage(): string | undefined {
    return this.#damage
  }

  /** Whether the next byte begins a frame, and one that begins a message. */
  get between(): boolean {
    return this.#header.length === 0 && !this.#head && !this.#inMessage && this.#damage === undefined
  }

  /** Whether the next byte begins a frame. */
  get atFrame(): boolean {
    return this.#header.length === 0 && !this.#head
  }

  clone(): FrameSplitter {
    const twin = new FrameSplitter(this.#flow, this.#carries)
    twin.#header = [...this.#header]
    twin.#head = this.#head
    twin.#doneBytes = this.#doneBytes
    twin.#inMessage = this.#inMessage
    twin.#damage = this.#damage
    return twin
  }

  push(chunk: Buffer): SplitFrames {
    const parts: FramePart[] = []
    let from = 0
    while (from < chunk.length) {
      const part = this.#damage === undefined ? this.#next(chunk, from) : undefined
      if (!part) return { parts, rest: chunk.subarray(from) }
      parts.push(part)
      from += part.raw.length
    }
    return { parts }
  }

  #next(chunk: Buffer, from: number): FramePart | undefined {
    const starts = this.atFrame
    let to = from
    while (!this.#head && this.#damage === undefined && to < chunk.length) {
      this.#header.push(chunk.readUInt8(to++))
      this.#begin()
    }
    if (this.#damage !== undefined) return undefined
    const head = this.#head
    if (!head) return { head, raw: chunk.subarray(from, to), payload: NOTHING, starts, ends: false }
    const end = Math.min(chunk.length, to + head.payloadBytes - this.#doneBytes)
    const payload = unmasked(chunk.subarray(to, end), head.mask, this.#doneBytes)
    this.#doneBytes += payload.length
    const ends = this.#doneBytes === head.payloadBytes
    if (ends) {
      this.#head = undefined
      this.#doneBytes = 0
    }
    return { head, raw: chunk.subarray(from, end), payload, starts, ends }
  }

  /** Once the header is complete: its length is in 1, 3 or 9 bytes, and 4 of mask may follow. */
  #begin(): void {
    const [first = 0, second] = this.#header
    if (second === undefined) return
    const short = second & 127
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
    const maskBytes = second & 128 ? 4 : 0
    const headerBytes = 2 + lengthBytes + maskBytes
    if (this.#header.length < headerBytes) return
    const bytes = Buffer.from(this.#header)
    const payloadBytes =
      lengthBytes === 0 ? short : lengthBytes === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
    const head: FrameHead = {
      opcode: first & 15,
      fin: first >= 128,
      rsv1: (first & 0x40) !== 0,
      mask: maskBytes === 0 ? undefined : bytes.subarray(2 + lengthBytes),
      headerBytes,
      payloadBytes,
    }
    this.#header = []
    this.#damage = this.#wrongWith(head, first)
    if (this.#damage !== undefined) return
    this.#head = head
    if (!isControl(head)) this.#inMessage = !head.fin
  }

  #wrongWith(head: FrameHead, first: number): string | undefined {
    const { opcode, fin, rsv1, mask, payloadBytes } = head
    if (!NAMES.has(opcode)) return `WebSocket frame with the reserved opcode ${opcode} (RFC 6455 §5.2)`
    if ((first & 0x30) !== 0 || (rsv1 && (isControl(head) || opcode === OPCODES.continuation)))
      return 'WebSocket frame with reserved bits (RFC 6455 §5.2)'
    if ((mask === undefined) === (this.#flow === 'up'))
      return this.#flow === 'up'
        ? 'WebSocket frame of a client without a mask (RFC 6455 §5.1)'
        : 'WebSocket frame of a server with a mask (RFC 6455 §5.1)'
    if (isControl(head) && (!fin || payloadBytes > CONTROL_BYTES))
      return 'WebSocket control frame that is fragmented or too long (RFC 6455 §5.5)'
    if (!Number.isSafeInteger(payloadBytes)) return 'WebSocket frame of an impossible length (RFC 6455 §5.2)'
    if (isControl(head)) return undefined
    if ((opcode === OPCODES.continuation) !== this.#inMessage)
      return 'WebSocket frames in the wrong order (RFC 6455 §5.4)'
    // 3.1.1 §6 and 5.0 §6: whoever gets another data frame must close the connection.
    return opcode === OPCODES.text && this.#carries === 'mqtt' ? 'WebSocket text frame ([MQTT-6.0.0-1])' : undefined
  }
}

/** The frames that carry no data. */
export const CONTROL_NAMES: ReadonlyMap<number, WebSocketFrameName> = new Map([
  [OPCODES.close, 'close'],
  [OPCODES.ping, 'ping'],
  [OPCODES.pong, 'pong'],
])
const NAMES: ReadonlySet<number> = new Set(Object.values(OPCODES))

/** Masks and unmasks alike (RFC 6455 §5.3). `at`: which byte of the frame's payload the first one is. */
export function unmasked(bytes: Buffer, mask: Buffer | undefined, at: number): Buffer {
  if (!mask || bytes.length === 0) return bytes
  const plain = Buffer.allocUnsafe(bytes.length)
  for (let i = 0; i < bytes.length; i++) plain[i] = (bytes[i] ?? 0) ^ (mask[(at + i) & 3] ?? 0)
  return plain
}

/** A frame with this payload, with the mask of `head` where that has one. */
export function frameOf(
  { opcode, fin, rsv1, mask }: Pick<FrameHead, 'opcode' | 'fin' | 'rsv1' | 'mask'>,
  plain: Buffer,
): Buffer {
  const first = (fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | opcode
  const masked = mask ? 0x80 : 0
  const length = lengthOf(plain.length, masked)
  return Buffer.concat([Buffer.from([first]), length, mask ?? NOTHING, unmasked(plain, mask, 0)])
}

/** Our own mask. It hides nothing: RFC 6455 §10.3 wants a strong one of what scripts in browsers send, for caches between. */
const MASK = Buffer.from([0, 0, 0, 0])

/** MQTT in a message of its own, RFC 6455 §5.6; of a client masked, of a server not. */
export const clientFrame = (packets: Buffer): Buffer => binaryFrame(packets, MASK)
export const serverFrame = (packets: Buffer): Buffer => binaryFrame(packets, undefined)
const binaryFrame = (packets: Buffer, mask: Buffer | undefined): Buffer =>
  frameOf({ opcode: OPCODES.binary, fin: true, rsv1: false, mask }, packets)

function lengthOf(bytes: number, masked: number): Buffer {
  if (bytes < 126) return Buffer.from([masked | bytes])
  const length = Buffer.alloc(bytes < 65_536 ? 3 : 9)
  length[0] = masked | (bytes < 65_536 ? 126 : 127)
  if (bytes < 65_536) length.writeUInt16BE(bytes, 1)
  else length.writeBigUInt64BE(BigInt(bytes), 1)
  return length
}
