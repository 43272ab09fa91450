import { ahead, type Segment } from './segment.ts'

/** One flow at one edge: TCP's segments put back in order, each byte and the FIN told once. */
export class Stream {
  #next: number | undefined
  #early: Segment[] = []
  #ended = false

  /** The next byte that is expected; `undefined` before the first segment. */
  get next(): number | undefined {
    return this.#next
  }

  /** What has become complete in order with this segment: its new bytes, and whether the FIN is behind them. */
  push(segment: Segment): { readonly bytes: Buffer; readonly fin: boolean } {
    if (segment.syn) this.#next = (segment.seq + 1) >>> 0
    this.#next ??= segment.seq
    const pieces: Buffer[] = []
    let fin = false
    const waiting = segment.payload.length > 0 || segment.fin ? [...this.#early, segment] : this.#early
    waiting.sort((one, other) => ahead(one.seq, other.seq))
    this.#early = []
    for (const each of waiting) {
      const start = each.syn ? (each.seq + 1) >>> 0 : each.seq
      const known = ahead(this.#next, start)
      if (known < 0) {
        this.#early.push(each)
        continue
      }
      if (known < each.payload.length) {
        pieces.push(each.payload.subarray(known))
        this.#next = (start + each.payload.length) >>> 0
      }
      if (each.fin && !this.#ended && ahead(this.#next, start + each.payload.length) === 0) {
        this.#ended = true
        fin = true
        this.#next = (this.#next + 1) >>> 0
      }
    }
    return { bytes: Buffer.concat(pieces), fin }
  }
}
