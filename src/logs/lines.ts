import { isAscii } from 'node:buffer'
import { StringDecoder } from 'node:string_decoder'

/** A longer line is cut: whoever wrote it, it is no line of a log. */
const MOST_LINE_BYTES = 1 << 16
const LF = 10

/** Bytes to lines, in pieces of any size; each line once, without its end. Bounded memory whatever comes. */
export class LineSplitter {
  readonly #take: (line: string) => void
  #rest: Buffer = Buffer.alloc(0)
  #wide: StringDecoder | undefined
  #begun = false

  constructor(take: (line: string) => void) {
    this.#take = take
  }

  push(bytes: Buffer): void {
    if (!this.#begun) bytes = this.#begin(bytes)
    const piece = this.#wide ? Buffer.from(this.#wide.write(bytes), 'utf8') : bytes
    const block = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece])
    const last = block.lastIndexOf(LF)
    if (last >= 0) this.#lines(block.subarray(0, last))
    this.#rest = Buffer.from(block.subarray(last + 1))
    if (this.#rest.length > 4 * MOST_LINE_BYTES) this.#cut()
  }

  end(): void {
    if (this.#rest.length > 0) this.#lines(this.#rest)
    this.#rest = Buffer.alloc(0)
  }

  /** PowerShell's `>` writes UTF-16 with a mark. */
  #begin(bytes: Buffer): Buffer {
    this.#begun = true
    if (bytes[0] === 0xff && bytes[1] === 0xfe) {
      this.#wide = new StringDecoder('utf16le')
      return bytes.subarray(2)
    }
    return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes
  }

  #cut(): void {
    this.#lines(this.#rest.subarray(0, MOST_LINE_BYTES))
    this.#rest = Buffer.alloc(0)
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
