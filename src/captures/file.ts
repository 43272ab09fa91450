import { CaptureError, type FrameSink, MOST_BLOCK_BYTES, type SecretsSink } from './segment.ts'

/** Takes a file's bytes as far as they are complete; says how many it has taken. */
interface Decoder {
  /** Throws a `CaptureError` where the file is damaged; frames before it have been given out. */
  take(bytes: Buffer): number
}

/** Magic numbers, as four bytes from the file: pcap (microseconds, nanoseconds, each in both byte orders), pcapng. */
const PCAP = new Set(['a1b2c3d4', 'd4c3b2a1', 'a1b23c4d', '4d3cb2a1'])
const PCAPNG = '0a0d0d0a'

/** Formats that people take for a capture, by their first bytes. */
const OTHERS: readonly (readonly [string, string])[] = [
  ['1f8b', 'it is compressed (gzip): give it with .gz at the end of its name'],
  ['28b52ffd', 'it is compressed (zstd): unpack it first'],
  ['04224d18', 'it is compressed (lz4): unpack it first'],
  ['504b0304', 'it is a zip file: unpack it first'],
  ['736e6f6f70', 'it is a snoop file: `editcap in out.pcapng` makes a pcapng file of it'],
  ['58435000', 'it is a Sniffer file: `editcap in out.pcapng` makes a pcapng file of it'],
]

/** Reads pcap and pcapng as they come, in any chunking. It keeps no more than one frame or block. */
export class CaptureFile {
  readonly #sink: FrameSink
  readonly #secrets: SecretsSink
  #decoder: Decoder | undefined
  #rest: Buffer = Buffer.alloc(0)

  constructor(sink: FrameSink, secrets: SecretsSink) {
    this.#sink = sink
    this.#secrets = secrets
  }

  /** Throws a `CaptureError` where it is no capture, or damaged from here on. */
  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    if (!this.#decoder && bytes.length >= 8) this.#decoder = decoderFor(bytes, this.#sink, this.#secrets)
    const taken = this.#decoder?.take(bytes) ?? 0
    // Copied, so that no chunk is kept alive by its end.
    this.#rest = Buffer.from(bytes.subarray(taken))
  }

  /** Bytes at the end that are no whole frame: the capture was cut off while it was written. Throws where nothing was read at all. */
  finish(): number {
    if (!this.#decoder) throw new CaptureError(this.#rest.length === 0 ? 'it is empty' : notOne(this.#rest))
    return this.#rest.length
  }
}

function decoderFor(bytes: Buffer, sink: FrameSink, secrets: SecretsSink): Decoder {
  const magic = bytes.toString('hex', 0, 4)
  if (PCAP.has(magic)) return new PcapDecoder(sink)
  if (magic === PCAPNG) return new PcapngDecoder(sink, secrets)
  throw new CaptureError(notOne(bytes))
}

function notOne(bytes: Buffer): string {
  const hex = bytes.toString('hex', 0, 8)
  const [, other] = OTHERS.find(([magic]) => hex.startsWith(magic)) ?? []
  const text = /^[\t\r\n\x20-\x7e]+$/.test(bytes.toString('latin1', 0, 64)) ? '; it looks like text' : ''
  return other ?? `it is neither pcap nor pcapng (it begins with ${bytes.toString('hex', 0, 4)}${text})`
}

const HEADER_BYTES = 24
const RECORD_BYTES = 16

/** draft-ietf-opsawg-pcap: a header of 24 bytes, and a record of 16 before each frame. */
class PcapDecoder implements Decoder {
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
class PcapngDecoder implements Decoder {
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
