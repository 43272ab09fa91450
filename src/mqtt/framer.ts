import { PACKET_NAMES, type PacketName } from '../model/event.ts'

/** A run of bytes of one control packet: all that one chunk held of it. */
export interface PacketPart {
  readonly cmd: PacketName
  /** First byte of the packet: type and flags. */
  readonly header: number
  /** A view of the chunk, not a copy. */
  readonly bytes: Buffer
  /** How many of `bytes` belong to the fixed header. */
  readonly headerBytes: number
  /** Whether the packet's first byte is in it, and its last. */
  readonly starts: boolean
  readonly ends: boolean
}

export interface Framed {
  readonly parts: readonly PacketPart[]
  /** Bytes that belong to no packet: the stream is not MQTT, or damaged. Nothing is framed after it. */
  readonly rest?: Buffer
}

/** Flags that a fixed header must have: MQTT 3.1.1 §2.2.2 [MQTT-2.2.2-1], 5.0 §2.1.3 [MQTT-2.1.3-1]. */
const FLAGS: Partial<Record<PacketName, number>> = { pubrel: 2, subscribe: 2, unsubscribe: 2 }

/** What it is where it is no damage: a TLS record, `GET` and `HTTP` of a WebSocket. */
const LOOKS: Readonly<Record<number, string>> = {
  22: 'looks like TLS',
  71: 'looks like HTTP',
  72: 'looks like HTTP',
}

/** Remaining Length has at most four bytes: MQTT 3.1.1 §2.2.3, 5.0 §1.5.5. */
const LENGTH_BYTES = 4

/**
 * Splits a byte stream into control packets as it comes, in any chunking. It keeps a few numbers, never bytes:
 * a packet's type is known from its first byte and its end from the Remaining Length, so nothing has to wait.
 */
export class Framer {
  #header = 0
  #cmd: PacketName | undefined
  /** Bytes of Remaining Length read so far; `LENGTH_BYTES + 1` once it is complete. */
  #lengthBytes = 0
  #leftBytes = 0
  #damage: string | undefined

  /** Why the stream can't be framed any more. */
  get damage(): string | undefined {
    return this.#damage
  }

  /** Whether the next byte begins a packet. */
  get between(): boolean {
    return this.#cmd === undefined && this.#damage === undefined
  }

  /** Another that stands at the same place of the stream. */
  clone(): Framer {
    const twin = new Framer()
    twin.#header = this.#header
    twin.#cmd = this.#cmd
    twin.#lengthBytes = this.#lengthBytes
    twin.#leftBytes = this.#leftBytes
    twin.#damage = this.#damage
    return twin
  }

  push(chunk: Buffer): Framed {
    const parts: PacketPart[] = []
    let from = 0
    while (from < chunk.length) {
      const part = this.#damage === undefined ? this.#next(chunk, from) : undefined
      if (!part) return { parts, rest: chunk.subarray(from) }
      parts.push(part)
      from += part.bytes.length
    }
    return { parts }
  }

  #next(chunk: Buffer, from: number): PacketPart | undefined {
    const starts = this.#cmd === undefined
    let to = from
    if (starts) this.#begin(chunk.readUInt8(to++))
    while (!this.#damage && this.#lengthBytes <= LENGTH_BYTES && to < chunk.length) this.#measure(chunk.readUInt8(to++))
    const cmd = this.#cmd
    if (this.#damage !== undefined || cmd === undefined) return undefined
    const headerBytes = to - from
    const complete = this.#lengthBytes > LENGTH_BYTES
    const body = complete ? Math.min(this.#leftBytes, chunk.length - to) : 0
    this.#leftBytes -= body
    const ends = complete && this.#leftBytes === 0
    if (ends) this.#cmd = undefined
    return { cmd, header: this.#header, bytes: chunk.subarray(from, to + body), headerBytes, starts, ends }
  }

  #begin(header: number): void {
    const cmd = PACKET_NAMES[(header >> 4) - 1]
    if (!cmd) this.#damage = 'packet type 0 is forbidden'
    else if (cmd === 'publish' ? (header & 6) === 6 : (header & 15) !== (FLAGS[cmd] ?? 0))
      this.#damage = LOOKS[header] ?? `flags ${header & 15} do not go with ${cmd.toUpperCase()}`
    this.#header = header
    this.#cmd = cmd
    this.#lengthBytes = 0
    this.#leftBytes = 0
  }

  #measure(byte: number): void {
    this.#leftBytes += (byte & 127) * 128 ** this.#lengthBytes
    this.#lengthBytes++
    if (byte < 128) this.#lengthBytes = LENGTH_BYTES + 1
    else if (this.#lengthBytes === LENGTH_BYTES) this.#damage = 'Remaining Length has more than four bytes'
  }
}
