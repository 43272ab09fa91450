import { isAscii } from 'node:buffer'
import { StringDecoder } from 'node:string_decoder'

/** A longer line is cut: whoever wrote it, it is no line of a log. */
const MOST_LINE_BYTES = 1 << 16
const LF = 10
const CR = 13

/** Bytes to lines, in pieces of any size; each line once, without its end. Bounded memory whatever comes. */
export class LineSplitter {
  readonly #take: (line: string) => void
  #rest: Buffer = Buffer.alloc(0)
  #wide: StringDecoder | undefined
  /** The odd byte that waits for its other half, where the high byte comes first. */
  #swapped: Buffer | undefined
  #onlyCr = false
  #cutting = false
  #begun = false

  constructor(take: (line: string) => void) {
    this.#take = take
  }

  push(bytes: Buffer): void {
    if (!this.#begun) bytes = this.#begin(bytes)
    const piece = this.#withLineFeeds(this.#narrow(bytes))
    const block = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece])
    const last = block.lastIndexOf(LF)
    const first = last < 0 ? 0 : this.#afterCut(block)
    if (last >= 0 && first <= last) this.#lines(block.subarray(first, last))
    this.#rest = this.#cutting ? Buffer.alloc(0) : Buffer.from(block.subarray(last + 1))
    if (this.#rest.length > 4 * MOST_LINE_BYTES) this.#cut()
  }

  end(): void {
    if (this.#rest.length > 0) this.#lines(this.#rest)
    this.#rest = Buffer.alloc(0)
  }

  /** Of a line that was cut the rest is passed over. Where the next one begins. */
  #afterCut(block: Buffer): number {
    if (!this.#cutting) return 0
    this.#cutting = false
    return block.indexOf(LF) + 1
  }

  /** PowerShell's `>` writes UTF-16 with a mark; other tools leave the mark out, or write the high byte first. */
  #begin(bytes: Buffer): Buffer {
    this.#begun = true
    const [first, second, third, fourth] = bytes
    const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
    const isLittle = isMarked ? first === 0xff : first !== 0 && second === 0 && third !== 0 && fourth === 0
    const isBig = isMarked ? first === 0xfe : first === 0 && second !== 0 && third === 0 && fourth !== 0
    if (isLittle || isBig) {
      this.#wide = new StringDecoder('utf16le')
      this.#swapped = isBig ? Buffer.alloc(0) : undefined
    }
    const text = bytes.subarray(isMarked ? 2 : first === 0xef && second === 0xbb && third === 0xbf ? 3 : 0)
    const cr = text.indexOf(CR)
    this.#onlyCr = !text.includes(LF) && cr >= 0 && cr < text.length - 2
    return text
  }

  #narrow(bytes: Buffer): Buffer {
    if (!this.#wide) return bytes
    if (!this.#swapped) return Buffer.from(this.#wide.write(bytes), 'utf8')
    const all = Buffer.concat([this.#swapped, bytes])
    const even = all.length - (all.length % 2)
    this.#swapped = all.subarray(even)
    return Buffer.from(this.#wide.write(Buffer.from(all.subarray(0, even)).swap16()), 'utf8')
  }

  /** Lines that end with CR alone, as old Macs and some terminals write them. */
  #withLineFeeds(bytes: Buffer): Buffer {
    return this.#onlyCr ? (Buffer.from(bytes).map(byte => (byte === CR ? LF : byte)) as Buffer) : bytes
  }

  #cut(): void {
    this.#lines(this.#rest.subarray(0, MOST_LINE_BYTES))
    this.#rest = Buffer.alloc(0)
    this.#cutting = true
  }

  #lines(block: Buffer): void {
    const text = isAscii(block) ? block.toString('latin1') : block.toString('utf8')
    let from = 0
    for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
      this.#line(text, from, to)
      from = to + 1
    }
    this.#line(text, from, text.length)
  }

  #line(text: string, from: number, to: number): void {
    const end = to > from && text.charCodeAt(to - 1) === 13 ? to - 1 : to
    this.#take(end - from > MOST_LINE_BYTES ? text.slice(from, from + MOST_LINE_BYTES) : text.slice(from, end))
  }
}
