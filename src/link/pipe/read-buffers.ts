/**
 * What sockets are read into (socket-reader.ts).
 *
 * Each socket has a small buffer. One that fills it gets a large one of the thread's, so that a read takes up to 256 KiB, and gives the
 * large one back once its reads are small again. There are only so many: whoever gets none reads 64 KiB into a buffer of its own. A buffer
 * whose bytes the kernel of the other side did not take at once is out of use until that has them.
 */
import type { Socket } from 'node:net'

const SMALL_BYTES = 4 * 1024
/** Node's own, and the most that a toxic gets at once. */
export const PIECE_BYTES = 64 * 1024
const LARGE_BYTES = 256 * 1024
/** 64 MiB of large buffers a thread, of which 4 MiB are kept where nobody needs them; and 1 MiB of small ones. */
const MOST_LARGE = 256
const MOST_SPARE_LARGE = 16
const MOST_SPARE_SMALL = 256
/** After so many small reads in succession a large buffer is given back. */
const SMALL_READS = 4

/** A buffer that is read into again. `writer`: the socket that still writes what is in it. `isHeld`: nobody has heard of it yet. */
export class LentBuffer {
  readonly bytes: Buffer
  writer: Socket | undefined
  isHeld = false
  readonly isLarge: boolean

  constructor(size: number, isLarge = false) {
    this.isLarge = isLarge
    this.bytes = Buffer.allocUnsafeSlow(size)
    lentBuffers.set(this.bytes.buffer, this)
  }

  /** The kernel has all of it. Of a socket that was destroyed this is never known. */
  get isFree(): boolean {
    if (this.isHeld) return false
    if (!this.writer) return true
    if (this.writer.destroyed || this.writer.writableLength > 0) return false
    this.writer = undefined
    return true
  }
}

export const lentBuffers = new WeakMap<ArrayBufferLike, LentBuffer>()

/** `socket` was given these bytes and has not written all of them: the buffer that they stand in is not read into before it has. */
export function pinBytes(bytes: Buffer, socket: Socket): void {
  const lent = lentBuffers.get(bytes.buffer)
  if (lent) lent.writer = socket
}

/** The large buffers of this thread. */
class LargeBuffers {
  #count = 0
  readonly #spare: LentBuffer[] = []
  /** Not written yet, the oldest first. */
  #busy: LentBuffer[] = []

  take(): LentBuffer | undefined {
    const spare = this.#spare.pop()
    if (spare) return spare
    this.#sort()
    const freed = this.#spare.pop()
    if (freed || this.#count === MOST_LARGE) return freed
    this.#count++
    return new LentBuffer(LARGE_BYTES, true)
  }

  give(lent: LentBuffer): void {
    if (!lent.isFree) this.#busy.push(lent)
    else if (this.#spare.length < MOST_SPARE_LARGE) this.#spare.push(lent)
    else this.#count--
  }

  /** It is nobody's to use again. */
  forget(): void {
    this.#count--
  }

  #sort(): void {
    const busy = this.#busy
    this.#busy = []
    for (const lent of busy) {
      // What a destroyed socket had to write is Node's to keep, and then nobody's.
      if (lent.writer?.destroyed) this.forget()
      else this.give(lent)
    }
  }
}

export const large = new LargeBuffers()
const spareSmall: LentBuffer[] = []

/** Chooses what one socket reads into next. */
export class ReadBuffer {
  #small: LentBuffer | undefined
  #large: LentBuffer | undefined
  #smallReads = 0

  first(): Buffer {
    this.#small = spareSmall.pop() ?? new LentBuffer(SMALL_BYTES)
    return this.#small.bytes
  }

  /** After a read of so many bytes into `buffer`. */
  next(bytes: number, buffer: Uint8Array): Buffer {
    this.#smallReads = bytes > SMALL_BYTES ? 0 : this.#smallReads + 1
    if (this.#large && this.#smallReads >= SMALL_READS) this.#giveLarge()
    if (this.#large?.isFree) return this.#large.bytes
    if (this.#large || bytes === buffer.length) {
      this.#giveLarge()
      this.#large = large.take()
      return this.#large?.bytes ?? new LentBuffer(PIECE_BYTES).bytes
    }
    return this.#small?.isFree ? this.#small.bytes : this.first()
  }

  /** The socket is closed. */
  release(): void {
    this.#giveLarge()
    if (this.#small?.isFree && spareSmall.length < MOST_SPARE_SMALL) spareSmall.push(this.#small)
    this.#small = undefined
  }

  /** One that is held is given back by whoever holds it. */
  #giveLarge(): void {
    if (this.#large && !this.#large.isHeld) large.give(this.#large)
    this.#large = undefined
  }
}
