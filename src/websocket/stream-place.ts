import type { Flow } from '../model/flow.ts'
import { Framer } from '../mqtt/framer.ts'
import { clientFrame, isControl, serverFrame } from './frame-splitter.ts'
import { OPENING_BYTE } from './upgrade-head.ts'
import { type ReadChunk, WebSocketCursor } from './websocket-cursor.ts'

interface Standing {
  readonly framer: Framer
  readonly cursor?: WebSocketCursor | undefined
  /** No byte has come yet: it may still become a WebSocket. */
  readonly isFresh: boolean
  readonly isBlind?: boolean
}

/** Where one flow stands at one place: its packets, and the frames that they are in. */
export class StreamPlace {
  readonly #flow: Flow
  readonly #framer: Framer
  #cursor: WebSocketCursor | undefined
  #isFresh: boolean
  /** Compressed messages came by, so where the packets stand can't be told. */
  #blind = false

  constructor(flow: Flow, at: Standing = { framer: new Framer(), isFresh: true }) {
    this.#flow = flow
    this.#framer = at.framer
    this.#cursor = at.cursor
    this.#isFresh = at.isFresh
    this.#blind = at.isBlind ?? false
  }

  get framer(): Framer {
    return this.#framer
  }

  get blind(): boolean {
    return this.#blind
  }

  /** Whether the next byte begins a packet, and a message where it is in one. */
  get between(): boolean {
    return this.#framer.between && (!this.#cursor || (this.#cursor.between && !this.#blind))
  }

  get damaged(): boolean {
    return this.#cursor ? this.#cursor.over : this.#framer.damage !== undefined
  }

  clone(): StreamPlace {
    const [isFresh, isBlind] = [this.#isFresh, this.#blind]
    return new StreamPlace(this.#flow, {
      framer: this.#framer.clone(),
      cursor: this.#cursor?.clone(),
      isFresh,
      isBlind,
    })
  }

  /** These bytes have come by, too. */
  push(bytes: Buffer): void {
    const read = this.read(bytes)
    if (!read) this.#framer.push(bytes)
    for (const { head, payload } of read?.parts ?? []) if (head && !isControl(head)) this.follow(payload, head.rsv1)
  }

  /** As frames, where it is a WebSocket. The packets in them are not followed. */
  read(bytes: Buffer): ReadChunk | undefined {
    if (this.#isFresh && bytes[0] === OPENING_BYTE[this.#flow]) this.#cursor = new WebSocketCursor(this.#flow)
    if (bytes.length > 0) this.#isFresh = false
    return this.#cursor?.push(bytes)
  }

  /** The packets in a piece of payload. */
  follow(payload: Buffer, isCompressed: boolean): ReturnType<Framer['push']> {
    if (isCompressed) this.#blind = true
    return this.#blind ? { parts: [], rest: payload } : this.#framer.push(payload)
  }

  /** Control packets as they are written here: in a message of their own, RFC 6455 §5.6. */
  wrap(packets: Buffer): Buffer {
    if (!this.#cursor) return packets
    return this.#flow === 'up' ? clientFrame(packets) : serverFrame(packets)
  }
}
