import type { PacketSummary, WebSocketSummary } from '../model/event.ts'
import type { Flow } from '../model/flow.ts'
import { PacketObserver } from '../mqtt/observer.ts'
import { type Conversation, StreamReader } from '../websocket/stream-reader.ts'

/** Read in vain so often: it is no MQTT, or its packets never begin with a segment. */
const MOST_TRIES = 64

/** What a piece held, in order. */
export type Unwrapped = { readonly packet: PacketSummary } | { readonly websocket: WebSocketSummary }

/**
 * The MQTT in one direction. After a gap, and in a capture that began in the middle, it is read again from the beginning of each
 * segment until that makes sense. A WebSocket can't be read any more after a gap.
 */
export class MqttFlow {
  readonly #talk: Conversation
  readonly #flow: Flow
  #observer: PacketObserver
  #frames: StreamReader | undefined
  #tries = 0
  #understood = false
  #lost: string | undefined

  constructor(talk: Conversation, flow: Flow) {
    this.#talk = talk
    this.#flow = flow
    this.#observer = new PacketObserver(talk)
  }

  /** Why nothing is read any more. */
  get lost(): string | undefined {
    return this.#lost
  }

  /** Whether it was MQTT at all so far. */
  get understood(): boolean {
    return this.#understood
  }

  push(bytes: Buffer, isWebSocket: boolean): readonly Unwrapped[] {
    if (this.#lost !== undefined) return []
    return isWebSocket ? this.#unwrap(bytes) : this.#read(bytes).map(packet => ({ packet }))
  }

  gap(): void {
    if (this.#frames) this.#lost = 'bytes are missing within a WebSocket'
    this.#observer = new PacketObserver(this.#talk)
  }

  #unwrap(bytes: Buffer): readonly Unwrapped[] {
    this.#frames ??= new StreamReader(this.#talk, this.#flow)
    return this.#frames.push(bytes).flatMap(seen => {
      if ('undecoded' in seen) {
        this.#lost = seen.undecoded
        return []
      }
      if ('packet' in seen) this.#understood = true
      return [seen]
    })
  }

  #read(bytes: Buffer): readonly PacketSummary[] {
    if (this.#observer.damaged) {
      if (++this.#tries > MOST_TRIES) {
        this.#lost = this.#understood ? 'it can not be read any more' : 'it is no MQTT'
        return []
      }
      this.#observer = new PacketObserver(this.#talk)
    }
    const packets = this.#observer.push(bytes).flatMap(seen => ('packet' in seen ? [seen.packet] : []))
    if (packets.length > 0 && !this.#observer.damaged) {
      this.#understood = true
      this.#tries = 0
    }
    return packets
  }
}
