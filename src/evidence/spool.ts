/**
 * The events of one run on the disk: they are added in the order in which they are heard of and come back in order of time.
 * Chunks are sorted as they are written and merged as they are read, so that memory holds one chunk, however many there are.
 */
import { closeSync, openSync, read, rmSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Event } from '../model/event.ts'
import { makeFolderSync } from '../text/write-files.ts'
import { COLUMNS, dateOf, type Pack, Packer, type Shape, unpacked } from './packed.ts'

const readAt = promisify(read)

/** Events of one chunk, and of what is read of it at a time. */
const CHUNK = 16_384
const BLOCK = 8192
/** Events that are handed on at a time: fewer, since each is an object then. */
const SLICE = 1024
const ROW_BYTES = COLUMNS * Float64Array.BYTES_PER_ELEMENT

interface Chunk {
  readonly offset: number
  readonly count: number
  readonly fromMs: number
  /** JSON of its odd ones, behind its rows; 0 bytes where it has none. */
  readonly oddBytes: number
}

/** Closes the file of a spool that was dropped without being disposed of. */
const forgotten = new FinalizationRegistry((fd: number) => closeSync(fd))
let opened = 0

export class Spool {
  readonly #fd: number
  /** Where its name could not be taken away while it is open (Windows). */
  readonly #leftover: string | undefined
  readonly #packer = new Packer(CHUNK)
  readonly #shapes: Shape[] = []
  readonly #chunks: Chunk[] = []
  #bytes = 0
  #count = 0
  #isOpen = true

  /** Its file has no name from the beginning on, so nothing is left of it however we end. Throws where `folder` can't be written to. */
  constructor(folder: string) {
    makeFolderSync(folder)
    const path = join(folder, `.events-${process.pid}-${++opened}.part`)
    this.#fd = openSync(path, 'wx+')
    forgotten.register(this, this.#fd, this)
    this.#leftover = nameTaken(path) ? undefined : path
  }

  get count(): number {
    return this.#count
  }

  /** Throws what the system says where a chunk can't be written; the events of that chunk are lost then. */
  add(event: Event): void {
    this.#packer.add(event)
    this.#count++
    if (this.#packer.count === CHUNK) this.#write(this.#packer.take())
  }

  /** All events so far in order of time; of those of one date, in the order in which they were added. */
  async *slices(): AsyncGenerator<readonly Event[]> {
    if (this.#packer.count > 0) this.#write(this.#packer.take())
    const waiting = this.#chunks.map((chunk, number) => ({ chunk, number })).sort(byBeginning)
    const active: Cursor[] = []
    // Of cursors that are done: new memory for each block would be hundreds of megabytes before it is collected.
    const free: ArrayBuffer[] = []
    let slice: Event[] = []
    let next = 0
    for (;;) {
      let first = earliest(active)
      while (next < waiting.length && !(first && first.atMs < (waiting[next]?.chunk.fromMs ?? 0))) {
        const { chunk, number } = waiting[next++] as (typeof waiting)[number]
        const cursor = new Cursor(this.#fd, chunk, number, this.#shapes, free.pop())
        await cursor.load()
        active.push(cursor)
        first = earliest(active)
      }
      if (!first) break
      slice.push(first.take())
      if (first.isEmpty && !(await first.load())) {
        active.splice(active.indexOf(first), 1)
        free.push(first.memory)
      }
      if (slice.length < SLICE) continue
      yield slice
      slice = []
    }
    if (slice.length > 0) yield slice
  }

  dispose(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    forgotten.unregister(this)
    closeSync(this.#fd)
    if (this.#leftover !== undefined) rmSync(this.#leftover, { force: true })
  }

  #write({ rows, shapes, odd }: Pack): void {
    this.#shapes.push(...shapes)
    const sorted = inOrder(rows)
    const text = odd.length === 0 ? undefined : Buffer.from(JSON.stringify(odd))
    const chunk = {
      offset: this.#bytes,
      count: rows.length / COLUMNS,
      fromMs: dateOf(sorted, 0),
      oddBytes: text?.length ?? 0,
    }
    writeAll(this.#fd, Buffer.from(sorted.buffer, sorted.byteOffset, sorted.byteLength), this.#bytes)
    if (text) writeAll(this.#fd, text, this.#bytes + sorted.byteLength)
    this.#bytes += sorted.byteLength + chunk.oddBytes
    this.#chunks.push(chunk)
  }
}

/** Reads one chunk, block by block. */
class Cursor {
  readonly number: number
  /** What its rows are read into, block after block. */
  readonly memory: ArrayBuffer
  readonly #fd: number
  readonly #chunk: Chunk
  readonly #shapes: readonly Shape[]
  #odd: readonly unknown[] | undefined
  #rows: Float64Array = new Float64Array(0)
  #row = 0
  #read = 0

  constructor(
    fd: number,
    chunk: Chunk,
    number: number,
    shapes: readonly Shape[],
    memory = new ArrayBuffer(BLOCK * ROW_BYTES),
  ) {
    this.memory = memory
    this.#fd = fd
    this.#chunk = chunk
    this.number = number
    this.#shapes = shapes
  }

  get isEmpty(): boolean {
    return this.#row * COLUMNS >= this.#rows.length
  }

  get atMs(): number {
    return dateOf(this.#rows, this.#row)
  }

  take(): Event {
    return unpacked(this.#rows, this.#row++, this.#shapes, this.#odd ?? [])
  }

  /** The next block; false where there is none left. */
  async load(): Promise<boolean> {
    const { offset, count, oddBytes } = this.#chunk
    if (this.#odd === undefined) {
      const text = await readAll(this.#fd, new ArrayBuffer(oddBytes), oddBytes, offset + count * ROW_BYTES)
      this.#odd = oddBytes === 0 ? [] : (JSON.parse(text.toString()) as readonly unknown[])
    }
    const rows = Math.min(BLOCK, count - this.#read)
    await readAll(this.#fd, this.memory, rows * ROW_BYTES, offset + this.#read * ROW_BYTES)
    this.#rows = new Float64Array(this.memory, 0, rows * COLUMNS)
    this.#read += rows
    this.#row = 0
    return rows > 0
  }
}

/** The rows by date; stable. Most come in order. */
function inOrder(rows: Float64Array): Float64Array {
  const count = rows.length / COLUMNS
  let isSorted = true
  for (let row = 1; row < count && isSorted; row++) isSorted = dateOf(rows, row) >= dateOf(rows, row - 1)
  if (isSorted) return rows
  const order = Array.from({ length: count }, (_, row) => row).sort((a, b) => dateOf(rows, a) - dateOf(rows, b))
  const sorted = new Float64Array(rows.length)
  for (const [to, from] of order.entries())
    sorted.set(rows.subarray(from * COLUMNS, (from + 1) * COLUMNS), to * COLUMNS)
  return sorted
}

const byBeginning = (a: { readonly chunk: Chunk; readonly number: number }, b: typeof a): number =>
  a.chunk.fromMs - b.chunk.fromMs || a.number - b.number

/** Chunks overlap by what one process is behind another, so few are open at a time. */
function earliest(cursors: readonly Cursor[]): Cursor | undefined {
  let [first] = cursors
  for (const each of cursors)
    if (first && (each.atMs < first.atMs || (each.atMs === first.atMs && each.number < first.number))) first = each
  return first
}

function nameTaken(path: string): boolean {
  try {
    unlinkSync(path)
    return true
  } catch {
    return false
  }
}

function writeAll(fd: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, position + done)
}

/** Into memory of one's own: rows are read off it as numbers, which must begin at a multiple of 8. */
async function readAll(fd: number, memory: ArrayBuffer, length: number, position: number): Promise<Buffer> {
  const bytes = Buffer.from(memory)
  for (let done = 0; done < length; ) {
    const { bytesRead } = await readAt(fd, bytes, done, length - done, position + done)
    if (bytesRead === 0) throw new Error('the record of the run was cut short on the disk')
    done += bytesRead
  }
  return bytes
}
