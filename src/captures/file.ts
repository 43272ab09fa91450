import { CaptureError, type FrameSink, type SecretsSink } from './frame.ts'
import { PcapDecoder } from './pcap.ts'
import { PcapngDecoder } from './pcapng.ts'

/** Takes a file's bytes as far as they are complete; says how many it has taken. */
export interface Decoder {
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
