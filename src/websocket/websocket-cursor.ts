import type { WebSocketSummary } from '../model/event.ts'
import type { Flow } from '../model/flow.ts'
import { type Carried, type FramePart, FrameSplitter } from './frame-splitter.ts'
import { isUpgraded, UpgradeHead } from './upgrade-head.ts'

/** What a chunk was, in this order. */
export interface ReadChunk {
  /** HTTP of the upgrade. */
  readonly http: Buffer
  /** The request or the response, where it ended with this chunk. */
  readonly upgrade: WebSocketSummary | undefined
  /** Of that request: not to be kept. */
  readonly query?: string
  readonly parts: readonly FramePart[]
  /** Nothing is read after it: damage, or the body of a refusal. */
  readonly rest: Buffer
}

const NOTHING = Buffer.alloc(0)

/** Where one flow of a WebSocket stands: in the HTTP of its upgrade, then among frames. */
export class WebSocketCursor {
  readonly #flow: Flow
  #head: UpgradeHead | undefined
  #frames: FrameSplitter
  /** No WebSocket came of it. */
  #refused = false
  #damage: string | undefined

  constructor(flow: Flow, carries: Carried = 'mqtt') {
    this.#flow = flow
    this.#head = new UpgradeHead(flow)
    this.#frames = new FrameSplitter(flow, carries)
  }

  get damage(): string | undefined {
    return this.#damage ?? this.#frames.damage
  }

  /** Nothing more can be read. */
  get over(): boolean {
    return this.#refused || this.damage !== undefined
  }

  /** The next byte begins a message. */
  get between(): boolean {
    return !this.over && !this.#head && this.#frames.between
  }

  /** The next byte begins a frame. */
  get atFrame(): boolean {
    return !this.over && !this.#head && this.#frames.atFrame
  }

  clone(): WebSocketCursor {
    const twin = new WebSocketCursor(this.#flow)
    twin.#head = this.#head?.clone()
    twin.#frames = this.#frames.clone()
    twin.#refused = this.#refused
    twin.#damage = this.#damage
    return twin
  }

  push(chunk: Buffer): ReadChunk {
    let left = chunk
    let upgrade: WebSocketSummary | undefined
    let query: string | undefined
    while (this.#head && !this.over && left.length > 0) {
      const read = this.#head.push(left)
      this.#damage = read.damage
      left = left.subarray(read.bytes ?? left.length)
      upgrade = read.seen ?? upgrade
      query = read.query ?? query
      // 100 and 103 come before the answer: RFC 9110 §15.2.
      if (read.seen && (this.#flow === 'up' || isUpgraded(read.seen))) this.#head = undefined
      else if (read.refused) this.#refused = true
    }
    const http = chunk.subarray(0, chunk.length - left.length)
    const read = { http, upgrade, ...(query !== undefined && { query }) }
    if (this.over || left.length === 0) return { ...read, parts: [], rest: left }
    const { parts, rest = NOTHING } = this.#frames.push(left)
    return { ...read, parts, rest }
  }
}
