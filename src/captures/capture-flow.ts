/** What one direction of a TCP connection makes of its segments. */
export interface FlowSink {
  /** Bytes in order, as soon as there is nothing missing before them; dated by the segment that completed them. */
  data(bytes: Buffer, atMs: number, number: number): void
  /** So many bytes were never captured: what comes next does not continue what came before. */
  gap(bytes: number): void
}

interface Waiting {
  readonly seq: number
  readonly bytes: Buffer
  /** More than `bytes` where the capture cut it. */
  readonly length: number
}

/** Out of order and waiting for what is missing: more than a window of most, and no more than this is kept. */
const MOST_WAITING_BYTES = 256 * 1024
const MOST_WAITING = 256
const PATIENCE_MS = 200
/** Sooner than any stack sends again (RFC 6298: a second; Linux: 200 ms, and its loss probe 10 ms): seen at two places of one machine. */
const TWICE_MS = 2

/**
 * Puts the data of one direction in order: retransmissions are dropped, what came too early waits, and what was never captured
 * is a gap. It is one as soon as the other side acknowledges it, or too much waits for it.
 */
export class TcpFlow {
  readonly #sink: FlowSink
  /** Of the next byte, modulo 2^32; `undefined`: nothing was seen yet. */
  #next: number | undefined
  #waiting: Waiting[] = []
  #waitingBytes = 0
  /** Acknowledged by the other side, and never seen so far. */
  #behind: { readonly ack: number; readonly atMs: number } | undefined
  #last: { readonly seq: number; readonly atMs: number } | undefined
  retransmitted = 0
  /** The same segment again at once: a capture of several interfaces. */
  twice = 0
  early = 0

  constructor(sink: FlowSink) {
    this.#sink = sink
  }

  /** The first byte after a SYN. */
  begin(seq: number): void {
    this.#next = (seq + 1) >>> 0
  }

  /** `length`: on the wire; `bytes` may be less. */
  push(seq: number, bytes: Buffer, length: number, atMs: number, number: number): void {
    if (length === 0) return
    this.#next ??= seq
    const ahead = distance(this.#next, seq)
    if (ahead > 0) {
      this.early++
      this.#wait({ seq, bytes: Buffer.from(bytes), length })
      if (this.#waiting.length > MOST_WAITING || this.#waitingBytes > MOST_WAITING_BYTES) this.#skip(atMs, number)
      return
    }
    if (-ahead >= length) {
      if (this.#last?.seq === seq && atMs - this.#last.atMs < TWICE_MS) this.twice++
      else this.retransmitted++
      return
    }
    this.#last = { seq, atMs }
    this.#give(bytes.subarray(Math.min(bytes.length, -ahead)), length + ahead, atMs, number)
    this.#drain(atMs, number)
  }

  /**
   * The other side has everything up to here: what is still missing a moment later was lost by the capture and not by the
   * network. A moment, since cards and kernels may hand out an acknowledgement before what it acknowledges.
   */
  acknowledged(ack: number, atMs: number, number: number): void {
    if (this.#next === undefined || distance(this.#next, ack) <= 1) {
      this.#behind = undefined
      return
    }
    this.#behind ??= { ack, atMs }
    if (atMs - this.#behind.atMs >= PATIENCE_MS) this.settle(atMs, number)
  }

  /** Nothing comes any more that could close a gap. */
  settle(atMs: number, number: number): void {
    const { ack } = this.#behind ?? {}
    this.#behind = undefined
    if (ack === undefined) return
    while (this.#waiting[0] && distance(this.#waiting[0].seq, ack) >= 0) this.#skip(atMs, number)
    if (this.#next !== undefined && distance(this.#next, ack) > 1) this.#jump(ack)
  }

  #give(bytes: Buffer, length: number, atMs: number, number: number): void {
    this.#next = ((this.#next ?? 0) + length) >>> 0
    if (bytes.length > 0) this.#sink.data(bytes, atMs, number)
    if (bytes.length < length) this.#sink.gap(length - bytes.length)
  }

  #wait(piece: Waiting): void {
    const after = this.#waiting.findIndex(({ seq }) => distance(piece.seq, seq) > 0)
    this.#waiting.splice(after < 0 ? this.#waiting.length : after, 0, piece)
    this.#waitingBytes += piece.bytes.length
  }

  /** What has come before the first that waits is given up. */
  #skip(atMs: number, number: number): void {
    const first = this.#waiting[0]
    if (!first) return
    this.#jump(first.seq)
    this.#drain(atMs, number)
  }

  #jump(to: number): void {
    const missing = distance(this.#next ?? to, to)
    if (missing <= 0) return
    this.#next = to
    this.#sink.gap(missing)
  }

  #drain(atMs: number, number: number): void {
    for (;;) {
      const first = this.#waiting[0]
      if (!first || distance(this.#next ?? first.seq, first.seq) > 0) return
      this.#waiting.shift()
      this.#waitingBytes -= first.bytes.length
      const behind = distance(first.seq, this.#next ?? first.seq)
      if (behind < first.length)
        this.#give(first.bytes.subarray(Math.min(first.bytes.length, behind)), first.length - behind, atMs, number)
    }
  }
}

/** From `a` to `b`, modulo 2^32: negative where `b` is before it. */
export const distance = (a: number, b: number): number => (b - a) | 0
