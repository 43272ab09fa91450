/** What a command line names to be read once, from its beginning to its end: a file of any length, or `-` for standard input. */
import { constants } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { kindAt, UnreadableFile } from '../../text/read-text.ts'

/** What is expected of it. */
export interface Expected {
  /** In words, with its article. */
  readonly what: string
  /** Why it is not read, by its first bytes, or `undefined`. */
  refuseHead?(head: Buffer): string | undefined
}

export const unreadable = (file: string, why: string): Complaint =>
  new Complaint(`error: ${file} can't be read: ${why}`, EXIT.unreadable)

const PIECE_BYTES = 1 << 20

/** Piece by piece; what is compressed with gzip is unpacked, whatever its name. Throws a Complaint where it can't be read. */
export async function* piecesOf(file: string, expected: Expected): AsyncGenerator<Buffer> {
  if (file !== '-') await refuseOthers(file, expected)
  try {
    const source: Readable = file === '-' ? process.stdin : await openFile(file)
    yield* unpacked(file, source, expected)
  } catch (error) {
    if (error instanceof Complaint) throw error
    throw unreadable(file, WORDS[(error as NodeJS.ErrnoException).code ?? ''] ?? (error as Error).message)
  }
}

/** A file of /proc that waits for news does not keep us; Windows has no such flag. */
async function openFile(file: string): Promise<Readable> {
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  return handle.createReadStream({ highWaterMark: PIECE_BYTES })
}

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
  EAGAIN: 'it has no end',
  Z_BUF_ERROR: 'its gzip ends in the middle',
  Z_DATA_ERROR: 'its gzip is damaged',
}

async function refuseOthers(file: string, { what }: Expected): Promise<void> {
  const kind = await kindAt(file)
  if (kind instanceof UnreadableFile) throw unreadable(file, kind.message)
  if (kind === 'nothing') throw unreadable(file, 'there is no such file')
  const found = await stat(file)
  if (found.isFile()) return
  const is = found.isDirectory() ? 'a directory' : 'no regular file'
  throw unreadable(file, `it is ${is}; give ${what}, or - for standard input`)
}

async function* unpacked(file: string, source: Readable, { refuseHead }: Expected): AsyncGenerator<Buffer> {
  const pieces = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const first = await pieces.next()
  if (first.done) return
  const head = Buffer.from(first.value)
  const why = refuseHead?.(head)
  if (why !== undefined) throw unreadable(file, why)
  const all = rest(head, pieces)
  if (head[0] !== 0x1f || head[1] !== 0x8b) {
    yield* all
    return
  }
  const gunzip = createGunzip()
  pipeline(Readable.from(all), gunzip, () => {})
  yield* gunzip as AsyncIterable<Buffer>
}

async function* rest(head: Buffer, pieces: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield head
  for (let next = await pieces.next(); !next.done; next = await pieces.next())
    yield Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength)
}
