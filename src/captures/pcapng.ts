import type { Decoder } from './file.ts'
import { CaptureError, type FrameSink, MOST_BLOCK_BYTES, type SecretsSink } from './frame.ts'

/** draft-ietf-opsawg-pcapng: types of blocks. All others are passed over. */
const SECTION = 0x0a0d0d0a
const INTERFACE = 1
const OLD_PACKET = 2
const SIMPLE_PACKET = 3
const ENHANCED_PACKET = 6
const DECRYPTION_SECRETS = 10

/** §4.7 of the draft: the secrets are a TLS key log. */
const TLS_KEY_LOG = 0x544c534b

const BIG = 0x1a2b3c4d

interface Interface {
  readonly linkType: number
  /** Of a date, in a millisecond. */
  readonly unitsAMs: number
  readonly offsetMs: number
  readonly snapBytes: number
}

/** A file of blocks, each with its length before and after. Sections may differ in byte order, interfaces in all else. */
export class PcapngDecoder implements Decoder {
  readonly #sink: FrameSink
  readonly #secrets: SecretsSink
  #little = true
  #interfaces: Interface[] = []
  #number = 0
  /** Simple packets have no date: they get that of the one before. */
  #lastMs = 0

  constructor(sink: FrameSink, secrets: SecretsSink) {
    this.#sink = sink
    this.#secrets = secrets
  }

  take(bytes: Buffer): number {
    let at = 0
    for (;;) {
      if (at + 12 > bytes.length) return at
      // The type of a section header reads the same in both byte orders; its magic says which it is.
      if (bytes.readUInt32LE(at) === SECTION) this.#little = bytes.readUInt32BE(at + 8) !== BIG
      const length = this.#word(bytes, at + 4)
      if (length < 12 || length % 4 !== 0 || length > MOST_BLOCK_BYTES)
        throw new CaptureError(
          `a block after frame ${this.#number} says that it has ${length} bytes: the file is damaged there`,
        )
      if (at + length > bytes.length) return at
      this.#block(this.#word(bytes, at), bytes.subarray(at + 8, at + length - 4))
      at += length
    }
  }

  #block(type: number, body: Buffer): void {
    if (type === SECTION) this.#interfaces = []
    else if (type === INTERFACE && body.length >= 8) this.#interfaces.push(this.#interface(body))
    else if (type === ENHANCED_PACKET && body.length >= 20) this.#packet(body, this.#word(body, 0))
    // The obsolete one has 16 bits of interface and 16 of drops where the other has its interface.
    else if (type === OLD_PACKET && body.length >= 20) this.#packet(body, this.#half(body, 0))
    else if (type === SIMPLE_PACKET && body.length >= 4) this.#simple(body)
    else if (type === DECRYPTION_SECRETS && body.length >= 8 && this.#word(body, 0) === TLS_KEY_LOG)
      this.#secrets(body.toString('latin1', 8, 8 + this.#word(body, 4)))
  }

  #interface(body: Buffer): Interface {
    let unitsAMs = 1000
    let offsetMs = 0
    for (let at = 8; at + 4 <= body.length; ) {
      const [code, length] = [this.#half(body, at), this.#half(body, at + 2)]
      const value = body.subarray(at + 4, at + 4 + length)
      if (code === 0) break
      // if_tsresol: a power of 10, or of 2 with the upper bit; if_tsoffset: seconds.
      const resolution = value[0]
      if (code === 9 && resolution !== undefined)
        unitsAMs = (resolution & 0x80 ? 2 ** (resolution & 0x7f) : 10 ** resolution) / 1000
      if (code === 14 && value.length >= 8)
        offsetMs = Number(this.#little ? value.readBigInt64LE(0) : value.readBigInt64BE(0)) * 1000
      at += 4 + Math.ceil(length / 4) * 4
    }
    return { linkType: this.#half(body, 0), unitsAMs, offsetMs, snapBytes: this.#word(body, 4) }
  }

  #packet(body: Buffer, index: number): void {
    const number = ++this.#number
    const source = this.#interfaces[index]
    if (!source) return
    const captured = Math.min(this.#word(body, 12), body.length - 20)
    const units = this.#word(body, 4) * 2 ** 32 + this.#word(body, 8)
    this.#lastMs = units / source.unitsAMs + source.offsetMs
    this.#sink({
      number,
      atMs: this.#lastMs,
      linkType: source.linkType,
      bytes: body.subarray(20, 20 + captured),
      wireBytes: this.#word(body, 16),
    })
  }

  #simple(body: Buffer): void {
    const number = ++this.#number
    const source = this.#interfaces[0]
    if (!source) return
    const wireBytes = this.#word(body, 0)
    const captured = Math.min(wireBytes, source.snapBytes === 0 ? wireBytes : source.snapBytes, body.length - 4)
    this.#sink({
      number,
      atMs: this.#lastMs,
      linkType: source.linkType,
      bytes: body.subarray(4, 4 + captured),
      wireBytes,
    })
  }

  #word(bytes: Buffer, at: number): number {
    return this.#little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)
  }

  #half(bytes: Buffer, at: number): number {
    return this.#little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)
  }
}
