/**
 * Takes named things out of one flow: control packets, and control frames of a WebSocket. Whole or not at all, since half of one
 * would derail the receiver's parser: put in place in the middle of one, it lets the rest of that pass.
 *
 * A packet's name is in its first byte, so in plain MQTT nothing has to be kept to decide. A WebSocket's frame says its length before
 * what is in it, so there a frame is kept until it is whole: one with nothing to take passes byte by byte as it came, one with nothing
 * else in it vanishes, any other is written again without what was taken. What is compressed passes: later messages refer to it (RFC 7692).
 */
import type { PacketName, WebSocketFrameName } from '../model/event.ts'
import type { Framed } from '../mqtt/framer.ts'
import { CONTROL_NAMES, type FrameHead, type FramePart, frameOf, isControl, OPCODES } from './frame-splitter.ts'
import type { StreamPlace } from './stream-place.ts'

/** `taken`: what it was; it is to go no further. */
export interface Sifted {
  readonly bytes: Buffer
  readonly taken?: string
}

export interface SiftNames {
  readonly packets: ReadonlySet<PacketName>
  readonly frames: ReadonlySet<WebSocketFrameName>
}

/** A longer frame passes: nothing that is worth taking is in it. */
const MOST_KEPT_BYTES = 1024 * 1024

export class Sieve {
  readonly #place: StreamPlace
  /** The rest of the packet at hand is taken. */
  #taking = false
  /** The frame at hand, as far as it came; absent where it is not kept. */
  #raw: Buffer[] | undefined
  #rawBytes = 0
  #payload: Buffer[] = []
  #isCompressed = false

  constructor(place: StreamPlace) {
    this.#place = place
  }

  /** In the middle of what it takes, or keeps back. */
  get midway(): boolean {
    return this.#taking || this.#raw !== undefined
  }

  push(bytes: Buffer, wanted: SiftNames): readonly Sifted[] {
    const read = this.#place.read(bytes)
    if (!read) return this.#sift(this.#place.framer.push(bytes), wanted)
    const sifted = read.parts.flatMap(part => this.#framed(part, wanted))
    return [{ bytes: read.http }, ...sifted, { bytes: read.rest }].filter(each => each.bytes.length > 0)
  }

  /** What it keeps back goes as it is: there is no more to come. */
  flush(): Buffer {
    const kept = Buffer.concat(this.#raw ?? [])
    this.#raw = undefined
    return kept
  }

  #sift({ parts, rest }: Framed, { packets }: SiftNames): readonly Sifted[] {
    const sifted = parts.map(({ cmd, bytes, starts, ends }): Sifted => {
      if (starts) this.#taking = packets.has(cmd)
      const isTaken = this.#taking
      if (ends) this.#taking = false
      return isTaken ? { bytes, taken: cmd.toUpperCase() } : { bytes }
    })
    return rest ? [...sifted, { bytes: rest }] : sifted
  }

  #framed(part: FramePart, wanted: SiftNames): readonly Sifted[] {
    if (part.starts) this.#begin()
    const { head, raw } = part
    if (!this.#raw) {
      if (head && !isControl(head)) this.#follow(head, part.payload)
      return [{ bytes: raw }]
    }
    this.#raw.push(raw)
    this.#payload.push(part.payload)
    this.#rawBytes += raw.length
    if (head && part.ends) return this.#decide(head, wanted)
    return head && this.#rawBytes > MOST_KEPT_BYTES ? this.#letGo(head) : []
  }

  #begin(): void {
    this.#raw = []
    this.#rawBytes = 0
    this.#payload = []
  }

  #letGo(head: FrameHead): readonly Sifted[] {
    if (!isControl(head)) this.#follow(head, Buffer.concat(this.#payload))
    this.#taking = false
    return [{ bytes: this.flush() }]
  }

  #follow(head: FrameHead, payload: Buffer): Framed {
    if (head.opcode !== OPCODES.continuation) this.#isCompressed = head.rsv1
    return this.#place.follow(payload, this.#isCompressed)
  }

  #decide(head: FrameHead, wanted: SiftNames): readonly Sifted[] {
    const payload = Buffer.concat(this.#payload)
    const bytes = this.flush()
    const name = CONTROL_NAMES.get(head.opcode)
    if (name) return wanted.frames.has(name) ? [{ bytes, taken: `a WebSocket ${name}` }] : [{ bytes }]
    const sifted = this.#sift(this.#follow(head, payload), wanted)
    const taken = sifted.find(each => each.taken !== undefined)?.taken
    if (taken === undefined) return [{ bytes }]
    const left = Buffer.concat(sifted.filter(each => each.taken === undefined).map(each => each.bytes))
    const isWhole = head.fin && head.opcode === OPCODES.binary
    if (left.length === 0 && isWhole) return [{ bytes, taken }]
    return [{ bytes, taken }, { bytes: frameOf(head, left) }]
  }
}
