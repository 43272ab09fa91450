import type { Flow } from '../../model/flow.ts'

/** One record of TLS; `body` only where it is collected. */
interface TlsRecord {
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

/**
 * What a PINGREQ and a PINGRESP, 2 bytes each, come to in a TLS record, without its header of 5: TLS 1.3 adds 1 + 16 bytes (RFC
 * 8446 §5.2), TLS 1.2 with AES-GCM or CCM 8 + 16 (RFC 5288 §3), with ChaCha20 16 (RFC 7905), with CCM_8 8 + 8 (RFC 6655).
 */
const PING_BYTES: ReadonlySet<number> = new Set([19, 26, 18])

/**
 * Names what passes in TLS by its size: `PINGREQ`, `PINGRESP`, or `DATA`; `undefined` while the handshake is still going on. A
 * close_notify of TLS 1.3 has the size of a ping too, so the last one before a FIN may be none.
 */
export class TlsSizes {
  #isFirst = true
  /** In TLS 1.3 the server's part of the handshake is application data already, and then the client's Finished is. */
  #handshakes = 0

  take(flow: Flow, bytes: number): 'PINGREQ' | 'PINGRESP' | 'DATA' | undefined {
    if (this.#isFirst) {
      this.#isFirst = false
      // TLS 1.2 lets the client speak first.
      this.#handshakes = flow === 'down' ? 1 : 0
    }
    if (this.#handshakes > 0) {
      if (flow === 'up') this.#handshakes--
      return undefined
    }
    if (!PING_BYTES.has(bytes)) return 'DATA'
    return flow === 'up' ? 'PINGREQ' : 'PINGRESP'
  }
}
