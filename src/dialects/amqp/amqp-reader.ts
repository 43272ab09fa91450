/**
 * AMQP 0-9-1 §4.2.3: a frame is a type (1 byte), a channel (2), a size (4), so many bytes of payload, and 0xCE. A client begins with
 * eight bytes of its own, the protocol header (§4.2.2), and a server that does not speak that version answers with the same.
 *
 * Memory: of each frame the first bytes are kept, in which the methods of class connection say all that is of interest.
 */
import type { PacketSummary } from '../../model/event.ts'
import type { Flow } from '../../model/flow.ts'
import type { Sighting } from '../../mqtt/observer.ts'
import type { FlowReader, Talk } from '../wire-dialect.ts'
import { connectionNameIn } from './field-table.ts'

const HEADER_BYTES = 7
const PROTOCOL_HEADER = Buffer.from('AMQP')
const PROTOCOL_BYTES = 8
const FRAME_END = 0xce
/** RabbitMQ's own client properties are about 600 bytes. */
const KEPT_BYTES = 8 * 1024

/** §4.2.3, §4.2.7: the types of frames that carry no method. */
const FRAMES: Readonly<Record<number, string>> = { 2: 'header', 3: 'body', 8: 'heartbeat' }
const METHOD = 1

/** Of the classes and methods of the specification (amqp0-9-1.xml) those that a reader of evidence looks for. */
const METHODS: Readonly<Record<number, readonly [name: string, methods: Readonly<Record<number, string>>]>> = {
  10: [
    'connection',
    {
      10: 'start',
      11: 'start-ok',
      20: 'secure',
      21: 'secure-ok',
      30: 'tune',
      31: 'tune-ok',
      40: 'open',
      41: 'open-ok',
      50: 'close',
      51: 'close-ok',
      60: 'blocked',
      61: 'unblocked',
    },
  ],
  20: ['channel', { 10: 'open', 11: 'open-ok', 20: 'flow', 21: 'flow-ok', 40: 'close', 41: 'close-ok' }],
  50: ['queue', { 10: 'declare', 11: 'declare-ok', 20: 'bind', 21: 'bind-ok' }],
  60: [
    'basic',
    { 20: 'consume', 21: 'consume-ok', 40: 'publish', 50: 'return', 60: 'deliver', 80: 'ack', 120: 'nack' },
  ],
  85: ['confirm', { 10: 'select', 11: 'select-ok' }],
}

export class AmqpReader implements FlowReader {
  readonly #talk: Talk
  readonly #flow: Flow
  readonly #kept = Buffer.alloc(HEADER_BYTES + KEPT_BYTES)
  /** Of the frame at hand: bytes that have come, and all of them once its header is complete. */
  #come = 0
  #whole = 0
  #last = 0
  damaged = false

  constructor(talk: Talk, flow: Flow) {
    this.#talk = talk
    this.#flow = flow
  }

  push(chunk: Buffer): readonly Sighting[] {
    const seen: Sighting[] = []
    for (let from = 0; from < chunk.length && !this.damaged; ) {
      const wanted = (this.#whole || HEADER_BYTES) - this.#come
      const piece = chunk.subarray(from, from + wanted)
      from += piece.length
      this.#take(piece)
      const damage = this.#whole === 0 && this.#come === HEADER_BYTES ? this.#measure() : undefined
      if (damage !== undefined) seen.push(this.#break(damage))
      else if (this.#whole > 0 && this.#come === this.#whole) seen.push(this.#finish())
    }
    return seen
  }

  #take(piece: Buffer): void {
    piece.copy(this.#kept, Math.min(this.#come, this.#kept.length))
    this.#come += piece.length
    this.#last = piece[piece.length - 1] ?? 0
  }

  /** How long the frame is; in words why that can't be told. */
  #measure(): string | undefined {
    if (this.#isProtocolHeader()) this.#whole = PROTOCOL_BYTES
    else {
      const type = this.#kept.readUInt8(0)
      if (type !== METHOD && FRAMES[type] === undefined) return `${type} is no type of an AMQP frame`
      this.#whole = HEADER_BYTES + this.#kept.readUInt32BE(3) + 1
    }
    return undefined
  }

  #isProtocolHeader = (): boolean => this.#kept.subarray(0, PROTOCOL_HEADER.length).equals(PROTOCOL_HEADER)

  #finish(): Sighting {
    const bytes = this.#whole
    const isHeader = this.#isProtocolHeader()
    if (!isHeader && this.#last !== FRAME_END) return this.#break('an AMQP frame that does not end with 0xCE')
    const payload = this.#kept.subarray(HEADER_BYTES, Math.min(bytes - 1, this.#kept.length))
    const type = this.#kept.readUInt8(0)
    this.#come = 0
    this.#whole = 0
    if (isHeader) return { packet: { cmd: 'amqp:protocol-header', bytes } }
    const frame = FRAMES[type]
    return { packet: frame === undefined ? this.#method(payload, bytes) : { cmd: `amqp:${frame}`, bytes } }
  }

  #method(payload: Buffer, bytes: number): PacketSummary {
    if (payload.length < 4) return { cmd: 'amqp:method', bytes }
    const [klass, method] = [payload.readUInt16BE(0), payload.readUInt16BE(2)]
    const [name, methods] = METHODS[klass] ?? [String(klass), {}]
    const told = `${name}.${methods[method] ?? method}`
    return { cmd: `amqp:${told}`, bytes, ...this.#fields(told, payload.subarray(4)) }
  }

  /** connection.tune, tune-ok: channel-max (2), frame-max (4), heartbeat (2). close: reply-code (2). start-ok: client-properties. */
  #fields(method: string, args: Buffer): Partial<PacketSummary> {
    const talk = this.#talk
    if ((method === 'connection.tune' || method === 'connection.tune-ok') && args.length >= 8) {
      const keepaliveS = args.readUInt16BE(6)
      // The client has the last word (connection.tune-ok).
      if (this.#flow === 'up') talk.keepaliveS = keepaliveS
      return { keepaliveS }
    }
    if (method === 'connection.open-ok')
      return talk.keepaliveS === undefined ? {} : { serverKeepAliveS: talk.keepaliveS }
    if ((method === 'connection.close' || method === 'channel.close') && args.length >= 2)
      return { code: args.readUInt16BE(0) }
    const clientId = method === 'connection.start-ok' ? connectionNameIn(args) : undefined
    return clientId === undefined ? {} : { clientId }
  }

  #break(undecoded: string): Sighting {
    this.damaged = true
    return { undecoded }
  }
}
