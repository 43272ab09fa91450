import type { Decoder } from './file.ts'
import { CaptureError, type FrameSink, MOST_BLOCK_BYTES } from './frame.ts'

const HEADER_BYTES = 24
const RECORD_BYTES = 16

/** draft-ietf-opsawg-pcap: a header of 24 bytes, and a record of 16 before each frame. */
export class PcapDecoder implements Decoder {
  readonly #sink: FrameSink
  #little = true
  /** Of the second field of a date, in a millisecond. */
  #unitsAMs = 1000
  #linkType = 0
  #begun = false
  #number = 0

  constructor(sink: FrameSink) {
    this.#sink = sink
  }

  take(bytes: Buffer): number {
    let at = 0
    if (!this.#begun) {
      if (bytes.length < HEADER_BYTES) return 0
      this.#begin(bytes)
      at = HEADER_BYTES
    }
    for (;;) {
      if (at + RECORD_BYTES > bytes.length) return at
      const captured = this.#word(bytes, at + 8)
      if (captured > MOST_BLOCK_BYTES)
        throw new CaptureError(
          `frame ${this.#number + 1} says that it has ${captured} bytes: the file is damaged there`,
        )
      const end = at + RECORD_BYTES + captured
      if (end > bytes.length) return at
      this.#sink({
        number: ++this.#number,
        atMs: this.#word(bytes, at) * 1000 + this.#word(bytes, at + 4) / this.#unitsAMs,
        linkType: this.#linkType,
        bytes: bytes.subarray(at + RECORD_BYTES, end),
        wireBytes: this.#word(bytes, at + 12),
      })
      at = end
    }
  }

  #begin(bytes: Buffer): void {
    const magic = bytes.readUInt32LE(0)
    this.#little = magic === 0xa1b2c3d4 || magic === 0xa1b23c4d
    const nano = magic === 0xa1b23c4d || magic === 0x4d3cb2a1
    this.#unitsAMs = nano ? 1e6 : 1000
    // The upper bits hold the length of a frame check sequence.
    this.#linkType = this.#word(bytes, 20) & 0xffff
    this.#begun = true
  }

  #word(bytes: Buffer, at: number): number {
    return this.#little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)
  }
}
