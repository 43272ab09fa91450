import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

/** Characters of a line that are handed on. Readline (Node 20) keeps a line whole, and dies at 512 MB without a newline. */
export const LONGEST_LINE = 64 * 1024

/**
 * Each line of what a program or a container says, without its end; the last one too, where no end came. What is longer than
 * `longest` is cut there, the rest of it is read and forgotten: whoever says it can't fill our memory.
 */
export function readLines(stream: Readable, onLine: (line: string) => void, longest = LONGEST_LINE): void {
  const splitter = new ProgramLineSplitter(onLine, longest)
  // Where a stream breaks off there is nothing more to read; its process tells why.
  stream.on('error', () => {})
  stream.on('data', (piece: Buffer) => splitter.push(piece))
  stream.once('end', () => splitter.end())
}

/** Pure, but for what it calls. */
export class ProgramLineSplitter {
  readonly #onLine: (line: string) => void
  readonly #longest: number
  /** A character may be cut in two by pieces. */
  readonly #decoder = new StringDecoder('utf8')
  #line = ''
  #isCut = false

  constructor(onLine: (line: string) => void, longest = LONGEST_LINE) {
    this.#onLine = onLine
    this.#longest = longest
  }

  push(piece: Buffer): void {
    this.#take(this.#decoder.write(piece))
  }

  end(): void {
    this.#take(this.#decoder.end())
    if (this.#line !== '') this.#tell()
  }

  #take(text: string): void {
    let from = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.#add(text, from, end)
      this.#tell()
      from = end + 1
    }
    this.#add(text, from, text.length)
  }

  #add(text: string, from: number, to: number): void {
    const room = this.#longest - this.#line.length
    this.#line += text.slice(from, Math.min(to, from + room))
    this.#isCut ||= to - from > room
  }

  #tell(): void {
    const line = this.#isCut || !this.#line.endsWith('\r') ? this.#line : this.#line.slice(0, -1)
    this.#line = ''
    this.#isCut = false
    this.#onLine(line)
  }
}
