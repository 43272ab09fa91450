/**
 * Reads one flow of a connection: MQTT as it is, or within a WebSocket; or another dialect, where a client begins in one. What the
 * transport is sealed in is off by then, or the bytes are those of TLS and nothing can be read. It never stands in the way of what passes,
 * and never throws.
 */
import { openedBy } from '../dialects/index.ts'
import type { FlowReader, Talk, WireReading } from '../dialects/wire-dialect.ts'
import type { Sealed, WebSocketSummary } from '../model/event.ts'
import type { Flow } from '../model/flow.ts'
import { newSession, PacketObserver, type Session, type Sighting } from '../mqtt/observer.ts'
import { CONTROL_NAMES, type FramePart, isControl, OPCODES } from './frame-splitter.ts'
import { Inflater, MOST_COMPRESSED_BYTES } from './inflater.ts'
import { StreamPlace } from './stream-place.ts'
import { OPENING_BYTE } from './upgrade-head.ts'
import { WebSocketCursor } from './websocket-cursor.ts'

/** What both flows of a connection must know of each other. */
export interface Conversation extends Session {
  /** The client began with the request of an upgrade. */
  isWebSocket: boolean
  /** It began in another dialect than MQTT. */
  foreign?: { readonly reading: WireReading; readonly talk: Talk }
}

export const newConversation = (): Conversation => ({ ...newSession(), isWebSocket: false })

export type Seen = Sighting | { readonly websocket: WebSocketSummary }

export class StreamReader {
  readonly #conversation: Conversation
  readonly #flow: Flow
  readonly #observer: PacketObserver
  #frames: FrameReader | undefined
  #foreign: FlowReader | undefined
  #isFresh = true
  /** What the client has said while it can't be told yet in which dialect. */
  #start: Buffer | undefined

  constructor(conversation: Conversation, flow: Flow) {
    this.#conversation = conversation
    this.#flow = flow
    this.#observer = new PacketObserver(conversation)
  }

  /** It has met bytes that are not MQTT, and what is in them can't be told any more. */
  get damaged(): boolean {
    return (this.#foreign ?? this.#frames ?? this.#observer).damaged
  }

  /** What the stream is wrapped in, where nothing in it could be read from the beginning. */
  get sealed(): Sealed | undefined {
    if (this.#foreign) return undefined
    return this.#frames ? this.#frames.sealed : this.#observer.sealed
  }

  /** What these bytes complete, in order; at the first damage one `undecoded`. */
  push(chunk: Buffer): readonly Seen[] {
    if (this.#isFresh && chunk.length > 0) this.#begin(chunk[0])
    const unread = this.#start ? this.#tell(Buffer.concat([this.#start, chunk])) : chunk
    if (this.#foreign) return this.#foreign.push(unread)
    // As long as it can't be told, too: where a stream stands is asked at any time.
    return (this.#frames ?? this.#observer).push(chunk)
  }

  /** Where this stream stands, for what takes packets out of it. */
  place(): StreamPlace {
    const { cursor, isBlind = false } = this.#frames ?? {}
    return new StreamPlace(this.#flow, {
      framer: this.#observer.position(),
      cursor: cursor?.clone(),
      isFresh: this.#isFresh,
      isBlind: isBlind || this.#foreign !== undefined,
    })
  }

  #begin(first: number | undefined): void {
    this.#isFresh = false
    const talk = this.#conversation
    const opens = first === OPENING_BYTE[this.#flow]
    if (this.#flow === 'up' && opens) talk.isWebSocket = true
    if (this.#flow === 'up') this.#start = Buffer.alloc(0)
    else this.#foreign = foreignReader(talk, this.#flow)
    // A server that speaks HTTP to a client that does not is no WebSocket.
    if (talk.isWebSocket && opens) this.#frames = new FrameReader(this.#flow, this.#observer)
  }

  /** In which dialect a client begins that has said so much. What is still to be read, once that is known. */
  #tell(start: Buffer): Buffer {
    const talk = this.#conversation
    const reading = openedBy(start)
    this.#start = reading === 'more' ? start : undefined
    if (reading === 'more' || !reading) return start
    talk.foreign ??= { reading, talk: {} }
    this.#foreign = foreignReader(talk, this.#flow)
    return start
  }
}

const foreignReader = ({ foreign }: Conversation, flow: Flow): FlowReader | undefined =>
  foreign?.reading.reader(foreign.talk, flow)

class FrameReader {
  readonly #observer: PacketObserver
  readonly cursor: WebSocketCursor
  readonly #inflater = new Inflater()
  #damage: string | undefined
  #isTold = false
  #hasPackets = false
  /** Of the control frame at hand. */
  #control: Buffer[] = []
  /** Of the compressed message at hand, and whether one is. */
  #compressed: Buffer[] = []
  #compressedBytes = 0
  #isCompressed = false

  constructor(flow: Flow, observer: PacketObserver) {
    this.#observer = observer
    this.cursor = new WebSocketCursor(flow)
  }

  get damaged(): boolean {
    return this.cursor.over || this.#damage !== undefined || this.#observer.damaged
  }

  get sealed(): Sealed | undefined {
    return this.#hasPackets ? undefined : 'WebSocket'
  }

  /** Compressed messages came by. */
  isBlind = false

  push(chunk: Buffer): readonly Seen[] {
    const { upgrade, parts } = this.cursor.push(chunk)
    const seen: Seen[] = upgrade ? [{ websocket: upgrade }] : []
    for (const part of parts) seen.push(...this.#take(part))
    const damage = this.#damage ?? this.cursor.damage
    if (damage !== undefined && !this.#isTold) {
      this.#isTold = true
      seen.push({ undecoded: damage })
    }
    return seen
  }

  #take(part: FramePart): readonly Seen[] {
    const { head } = part
    if (!head) return []
    if (isControl(head)) return this.#controlled(part)
    if (head.opcode !== OPCODES.continuation) this.#isCompressed = head.rsv1
    if (!this.#isCompressed) return this.#read(part.payload)
    this.isBlind = true
    this.#gather(part.payload)
    return head.fin && part.ends ? this.#inflate() : []
  }

  #read(plain: Buffer): readonly Seen[] {
    const seen = plain.length === 0 ? [] : this.#observer.push(plain)
    if (seen.some(each => 'packet' in each)) this.#hasPackets = true
    if (seen.some(each => 'undecoded' in each)) this.#isTold = true
    return seen
  }

  #controlled({ head, payload, ends }: FramePart): readonly Seen[] {
    // Copied where it stays: the chunk may be overwritten.
    this.#control.push(ends ? payload : Buffer.from(payload))
    if (!ends || !head) return []
    const body = Buffer.concat(this.#control)
    this.#control = []
    const kind = CONTROL_NAMES.get(head.opcode) ?? 'close'
    const bytes = head.headerBytes + head.payloadBytes
    // RFC 6455 §5.5.1: a close frame need not give a code.
    const code = kind === 'close' && body.length >= 2 ? { code: body.readUInt16BE(0) } : {}
    return [{ websocket: { kind, bytes, ...code } }]
  }

  #gather(piece: Buffer): void {
    this.#compressedBytes += piece.length
    // Copied, so that no frame keeps a whole chunk alive.
    if (this.#compressedBytes <= MOST_COMPRESSED_BYTES) this.#compressed.push(Buffer.from(piece))
    else this.#damage ??= 'a compressed WebSocket message of more than 1 MiB (RFC 7692)'
  }

  #inflate(): readonly Seen[] {
    const message = Buffer.concat(this.#compressed)
    this.#compressed = []
    this.#compressedBytes = 0
    if (this.#damage !== undefined) return []
    const plain = this.#inflater.inflate(message)
    if (plain) return this.#read(plain)
    this.#damage = 'a compressed WebSocket message that can not be read (RFC 7692)'
    return []
  }
}
