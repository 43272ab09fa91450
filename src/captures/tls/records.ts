/** One record of TLS; `body` only where it is collected. */
export interface TlsRecord {
  readonly type: number
  readonly bodyBytes: number
  readonly body: Buffer | undefined
}

/** RFC 5246 §6.2.3, RFC 8446 §5.2: 2^14 bytes, and 2,048 more at most. */
const MOST_BODY_BYTES = 2 ** 14 + 2048

/** RFC 8446 §5.1, RFC 5246 §6.2.1: type, version and length, five bytes; then the body. In any chunking; keeps one record. */
export class RecordSplitter {
  readonly #collects: boolean
  #header: number[] = []
  #left = 0
  #pieces: Buffer[] = []
  /** Why nothing can be read any more. */
  lost: string | undefined

  constructor(collects: boolean) {
    this.#collects = collects
  }

  push(bytes: Buffer): readonly TlsRecord[] {
    const records: TlsRecord[] = []
    for (let at = 0; at < bytes.length && this.lost === undefined; ) {
      if (this.#header.length < 5) {
        this.#header.push(bytes.readUInt8(at++))
        if (this.#header.length === 5) this.#begin()
      } else {
        const piece = bytes.subarray(at, at + this.#left)
        if (this.#collects) this.#pieces.push(Buffer.from(piece))
        this.#left -= piece.length
        at += piece.length
      }
      if (this.#header.length === 5 && this.#left === 0 && this.lost === undefined) records.push(this.#whole())
    }
    return records
  }

  #begin(): void {
    const [type = 0, major = 0, , high = 0, low = 0] = this.#header
    this.#left = high * 256 + low
    if (type < 20 || type > 24 || major !== 3 || this.#left > MOST_BODY_BYTES)
      this.lost = 'bytes that are no TLS record'
  }

  #whole(): TlsRecord {
    const [type = 0, , , high = 0, low = 0] = this.#header
    const body = this.#collects ? Buffer.concat(this.#pieces) : undefined
    this.#header = []
    this.#pieces = []
    return { type, bodyBytes: high * 256 + low, body }
  }
}
