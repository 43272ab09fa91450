import type { PacketSummary } from '../model/event.ts'
import { PacketObserver, type Session } from '../mqtt/observer.ts'
import { type Unwrapper, unwrapperFor } from './unwrap.ts'

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
