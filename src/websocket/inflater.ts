import { constants, inflateRawSync } from 'node:zlib'

/** RFC 7692 §7.2.2: what the sender took from the end of a message. */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff])
/** The window of DEFLATE: what a later message may refer to. RFC 1951 §2. */
const WINDOW_BYTES = 32 * 1024
/** A message of MQTT that takes more is not read. */
export const MOST_COMPRESSED_BYTES = 1024 * 1024
const MOST_PLAIN_BYTES = 16 * 1024 * 1024

/**
 * permessage-deflate of one flow, RFC 7692. A message may refer to what earlier ones held, so their last 32 KiB are kept as its
 * dictionary; where the peers agreed on no such context, nothing refers to it.
 */
export class Inflater {
  #window = Buffer.alloc(0)

  clone(): Inflater {
    const twin = new Inflater()
    twin.#window = this.#window
    return twin
  }

  /** A whole message; `undefined`: it can't be read. */
  inflate(message: Buffer): Buffer | undefined {
    try {
      const plain = inflateRawSync(Buffer.concat([message, TAIL]), {
        ...(this.#window.length > 0 ? { dictionary: this.#window } : {}),
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: MOST_PLAIN_BYTES,
      })
      this.#window = Buffer.from(Buffer.concat([this.#window, plain]).subarray(-WINDOW_BYTES))
      return plain
    } catch {
      return undefined
    }
  }
}
