import type { PacketSummary } from '../model/event.ts'
import { PacketObserver, type Session } from '../mqtt/observer.ts'

/** Takes a wrapper off, in any chunking. After a gap it can't be taken off any more: `lost`. */
interface Unwrapper {
  /** MQTT in order; empty where there is none in it. */
  push(bytes: Buffer): readonly Buffer[]
  /** Whether it can go on after missing bytes. */
  readonly resumes: boolean
  /** Why nothing can be read any more. */
  readonly lost: string | undefined
}

const unwrapperFor = (isWebSocket: boolean): Unwrapper => (isWebSocket ? new WebSocketFrames() : PLAIN)

const PLAIN: Unwrapper = { resumes: true, push: bytes => [bytes], lost: undefined }

const MOST_HTTP_BYTES = 16 * 1024
const HEAD_END = Buffer.from('\r\n\r\n')

/** RFC 6455: the HTTP of the upgrade is passed over, then frames follow; what is binary in them is MQTT (§6 of 3.1.1 and 5.0). */
class WebSocketFrames implements Unwrapper {
  readonly resumes = false
  #head: Buffer | undefined = Buffer.alloc(0)
  #header: number[] = []
  #mask: readonly number[] = []
  #masked = 0
  #left = 0
  /** Whether the frame at hand carries data: binary, text or what continues it. */
  #isData = false
  lost: string | undefined

  push(given: Buffer): readonly Buffer[] {
    const bytes = this.#afterHead(given)
    if (!bytes || this.lost !== undefined) return []
    const mqtt: Buffer[] = []
    for (let at = 0; at < bytes.length; ) {
      if (this.#left > 0) {
        const piece = bytes.subarray(at, at + this.#left)
        at += piece.length
        this.#left -= piece.length
        const plain = this.#unmask(piece)
        if (this.#isData) mqtt.push(plain)
        continue
      }
      this.#header.push(bytes.readUInt8(at++))
      this.#begin()
      if (this.lost !== undefined) break
    }
    return mqtt
  }

  #afterHead(bytes: Buffer): Buffer | undefined {
    if (!this.#head) return bytes
    const head = Buffer.concat([this.#head, bytes])
    const end = head.indexOf(HEAD_END)
    if (end < 0) {
      this.#head = head
      if (head.length > MOST_HTTP_BYTES) this.lost = 'an HTTP head that does not end'
      return undefined
    }
    this.#head = undefined
    return head.subarray(end + HEAD_END.length)
  }

  /** Once the header is complete: its length is in 1, 3 or 9 bytes, and 4 of mask may follow. */
  #begin(): void {
    const [first = 0, second] = this.#header
    if (second === undefined) return
    const short = second & 127
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
    const maskBytes = second & 128 ? 4 : 0
    if (this.#header.length < 2 + lengthBytes + maskBytes) return
    const long = this.#header.slice(2, 2 + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0)
    this.#left = lengthBytes === 0 ? short : long
    this.#mask = maskBytes === 0 ? [] : this.#header.slice(2 + lengthBytes)
    this.#masked = 0
    this.#isData = (first & 15) <= 2
    this.#header = []
    if (first & 0x70) this.lost = 'compressed WebSocket frames'
  }

  #unmask(piece: Buffer): Buffer {
    if (this.#mask.length === 0) return piece
    const plain = Buffer.from(piece)
    for (let i = 0; i < plain.length; i++) plain[i] = (plain[i] ?? 0) ^ (this.#mask[this.#masked++ & 3] ?? 0)
    return plain
  }
}

/** Read in vain so often: it is no MQTT, or its packets never begin with a segment. */
const MOST_TRIES = 64

/**
 * The MQTT in one direction. After a gap, and in a capture that began in the middle, it is read again from the beginning of each
 * segment until that makes sense.
 */
export class MqttFlow {
  readonly #session: Session
  #observer: PacketObserver
  #unwrapper: Unwrapper | undefined
  #tries = 0
  #understood = false
  #lost: string | undefined

  constructor(session: Session) {
    this.#session = session
    this.#observer = new PacketObserver(session)
  }

  /** Why nothing is read any more. */
  get lost(): string | undefined {
    return this.#lost ?? this.#unwrapper?.lost
  }

  /** Whether it was MQTT at all so far. */
  get understood(): boolean {
    return this.#understood
  }

  push(bytes: Buffer, isWebSocket: boolean): readonly PacketSummary[] {
    if (this.#lost !== undefined) return []
    this.#unwrapper ??= unwrapperFor(isWebSocket)
    return this.#unwrapper.push(bytes).flatMap(piece => this.#read(piece))
  }

  gap(): void {
    if (this.#unwrapper?.resumes === false) this.#lost = 'bytes are missing within a WebSocket'
    this.#observer = new PacketObserver(this.#session)
  }

  #read(bytes: Buffer): readonly PacketSummary[] {
    if (this.#observer.damaged) {
      if (++this.#tries > MOST_TRIES) {
        this.#lost = this.#understood ? 'it can not be read any more' : 'it is no MQTT'
        return []
      }
      this.#observer = new PacketObserver(this.#session)
    }
    const packets = this.#observer.push(bytes).flatMap(seen => ('packet' in seen ? [seen.packet] : []))
    if (packets.length > 0 && !this.#observer.damaged) {
      this.#understood = true
      this.#tries = 0
    }
    return packets
  }
}
