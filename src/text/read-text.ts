/**
 * Reads the files that a scenario, a peer's evidence or a command line names. Each may be anything: a FIFO that nobody
 * writes to, /dev/zero, a tape, a terabyte. Only regular files below a size are read, and an error tells nothing of what
 * stands in them.
 */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { access, open, stat } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'

/** What is wrong with bytes that should be UTF-8: why, in words that stand behind a file's name, and where, from 1. */
interface NotUtf8 {
  readonly why: string
  readonly line: number
  readonly column: number
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of these bytes; or where they are no UTF-8, which YAML and JSON have to be. A byte order mark stays. */
function utf8(bytes: Buffer): string | NotUtf8 {
  if (isUtf16(bytes)) return { why: 'it is UTF-16: save it as UTF-8', line: 1, column: 1 }
  try {
    return strict.decode(bytes)
  } catch {
    return firstWrongByte(bytes)
  }
}

const isUtf16 = (bytes: Buffer): boolean => {
  const mark = bytes.length > 1 ? bytes.readUInt16BE(0) : 0
  return mark === 0xfffe || mark === 0xfeff
}

const REPLACEMENT = '\ufffd'

function firstWrongByte(bytes: Buffer): NotUtf8 {
  const text = bytes.toString()
  let offset = 0
  let from = 0
  for (;;) {
    const index = text.indexOf(REPLACEMENT, from)
    if (index < 0) return { why: 'it is not UTF-8: save it as UTF-8', line: 1, column: 1 }
    offset += Buffer.byteLength(text.slice(from, index))
    // A U+FFFD that stands in the file is a character as any other.
    if (bytes.toString('hex', offset, offset + 3) !== 'efbfbd') return placed(text.slice(0, index), bytes[offset] ?? 0)
    offset += 3
    from = index + 1
  }
}

function placed(before: string, byte: number): NotUtf8 {
  const hex = byte.toString(16).padStart(2, '0')
  return {
    why: `it is not UTF-8 (byte 0x${hex}): save it as UTF-8`,
    line: before.split('\n').length,
    column: before.length - before.lastIndexOf('\n'),
  }
}

/** What people write by hand: scenarios, profiles, certificates, configurations. */
export const SMALL_BYTES = 1 << 20
/** What programs write: evidence, logs, results. A JavaScript string takes no more. */
export const LARGE_BYTES = 1 << 29

/** Why it is not read, in words that stand behind the file's name; `code` is the system's own. */
export class UnreadableFile extends Error {
  readonly code: string | undefined
  /** Where in it, from 1, if it is a place of it that can't be read. */
  readonly place: { readonly line: number; readonly column: number } | undefined

  constructor(why: string, code?: string, place?: UnreadableFile['place']) {
    super(why)
    this.name = 'UnreadableFile'
    this.code = code
    this.place = place
  }
}

interface ReadOptions {
  readonly mostBytes?: number
  /** `utf8`: what is none is U+FFFD. `only-utf8`: what is none can't be read. */
  readonly encoding?: 'utf8' | 'only-utf8' | 'latin1'
}

/** Rejects with an `UnreadableFile`. */
export async function readText(path: string, { mostBytes = SMALL_BYTES, encoding = 'utf8' }: ReadOptions = {}) {
  try {
    // Before it is opened: to open a device is to do something to it.
    refuseOthers(await stat(path), mostBytes)
    await using file = await open(path, QUIETLY)
    refuseOthers(await file.stat(), mostBytes)
    const parts: Buffer[] = []
    for (let length = 0; ; ) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(PIECE_BYTES))
      if (bytesRead === 0) return decoded(Buffer.concat(parts), encoding)
      length += bytesRead
      refuseLong(length, mostBytes)
      parts.push(buffer.subarray(0, bytesRead))
    }
  } catch (error) {
    throw inWords(error)
  }
}

/** A longer line is no line. */
const LONGEST_LINE = 1 << 24

/** Lines of a file, in order, as many at a time as were read. */
interface Lines {
  readonly lines: readonly string[]
  /** The last of them ends with a line break; false at the end of the file only. */
  readonly isWhole: boolean
}

/** A file of any length, line by line. Throws an `UnreadableFile`. */
export async function* readLines(path: string): AsyncGenerator<Lines> {
  try {
    refuseOthers(await stat(path), Infinity)
    await using file = await open(path, QUIETLY)
    refuseOthers(await file.stat(), Infinity)
    const decoder = new StringDecoder('utf8')
    const piece = Buffer.allocUnsafe(PIECE_BYTES)
    let rest = ''
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, piece.length)
      if (bytesRead === 0) break
      const lines = (rest + decoder.write(piece.subarray(0, bytesRead))).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > LONGEST_LINE) throw new UnreadableFile(`a line of it is longer than ${LONGEST_LINE >> 20} MB`)
      if (lines.length > 0) yield { lines, isWhole: true }
    }
    rest += decoder.end()
    if (rest !== '') yield { lines: [rest], isWhole: false }
  } catch (error) {
    throw inWords(error)
  }
}

/** The same at once, for small files that are needed while something else is read. Throws an `UnreadableFile`. */
export function readTextSync(path: string, { mostBytes = SMALL_BYTES, encoding = 'utf8' }: ReadOptions = {}): string {
  let file: number | undefined
  try {
    refuseOthers(statSync(path), mostBytes)
    file = openSync(path, QUIETLY)
    refuseOthers(fstatSync(file), mostBytes)
    const parts: Buffer[] = []
    for (let length = 0; ; ) {
      const piece = Buffer.allocUnsafe(PIECE_BYTES)
      const bytesRead = readSync(file, piece)
      if (bytesRead === 0) return decoded(Buffer.concat(parts), encoding)
      length += bytesRead
      refuseLong(length, mostBytes)
      parts.push(piece.subarray(0, bytesRead))
    }
  } catch (error) {
    throw inWords(error)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function decoded(bytes: Buffer, encoding: NonNullable<ReadOptions['encoding']>): string {
  if (encoding !== 'only-utf8') return bytes.toString(encoding)
  const text = utf8(bytes)
  if (typeof text !== 'string') throw new UnreadableFile(text.why, undefined, text)
  return text
}

/** Neither a FIFO that has become one since, nor a file of /proc that waits for news, keeps us; Windows has neither. */
const QUIETLY = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)
const PIECE_BYTES = 1 << 16

function refuseOthers(stats: Stats, mostBytes: number): void {
  if (!stats.isFile()) throw new UnreadableFile(`it is ${kindOf(stats)}, and only regular files are read`)
  refuseLong(stats.size, mostBytes)
}

/** A file of /proc says 0 bytes, so that what is read counts too. */
function refuseLong(bytes: number, mostBytes: number): void {
  if (bytes > mostBytes) throw new UnreadableFile(`it is larger than ${mostBytes >> 20} MB`)
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory'
  if (stats.isFIFO()) return 'a FIFO'
  return stats.isSocket() ? 'a socket' : 'a device'
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
  EAGAIN: 'it has no end',
  EISDIR: 'it is a directory, and only regular files are read',
  ELOOP: 'its links lead in a circle',
}

/** What a path leads to: a folder that may be listed and entered, something else that has to be opened yet, or nothing; or why that can't be told. */
export async function kindAt(path: string): Promise<'folder' | 'other' | 'nothing' | UnreadableFile> {
  try {
    if (!(await stat(path)).isDirectory()) return 'other'
    await access(path, constants.R_OK | constants.X_OK)
    return 'folder'
  } catch (error) {
    const why = inWords(error)
    return why.code === 'ENOENT' || why.code === 'ENOTDIR' ? 'nothing' : why
  }
}

function inWords(error: unknown): UnreadableFile {
  if (error instanceof UnreadableFile) return error
  const { code, message } = error as NodeJS.ErrnoException
  return new UnreadableFile(WORDS[code ?? ''] ?? `it can't be read (${code ?? message})`, code)
}

/**
 * The body of an HTTP answer as text. Rejects where it holds more than `mostBytes`, and reads no further: whoever answers may never end.
 * The limit of time is the request's own signal, which stays in force.
 */
export async function answerText(response: Response, mostBytes: number): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of response.body ?? []) {
    bytes += piece.length
    // Leaving the loop cancels the body.
    if (bytes > mostBytes) throw new Error(`its answer is larger than ${mostBytes >> 20} MB`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}
