import type { Flow } from '../../model/flow.ts'

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
