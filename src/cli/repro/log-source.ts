import { constants } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { LogReader } from '../../logs/reader.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { kindAt, UnreadableFile } from '../../text/read-text.ts'

/** First bytes of what is no text, and what to do with it. */
const MAGIC: readonly { readonly bytes: readonly number[]; readonly what: string }[] = [
  {
    bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a],
    what: 'it is compressed with xz: xz -dc FILE | halfopen repro --from-log -',
  },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], what: 'it is compressed with zstd: zstd -dc FILE | halfopen repro --from-log -' },
  { bytes: [0x42, 0x5a, 0x68], what: 'it is compressed with bzip2: bzip2 -dc FILE | halfopen repro --from-log -' },
  { bytes: [0x50, 0x4b, 0x03, 0x04], what: 'it is a zip archive: unzip -p FILE | halfopen repro --from-log -' },
  {
    bytes: [0x4c, 0x50, 0x4b, 0x53, 0x48, 0x48, 0x52, 0x48],
    what: 'it is a journal of systemd: journalctl -o short-iso --file FILE | halfopen repro --from-log -',
  },
  { bytes: [0xd4, 0xc3, 0xb2, 0xa1], what: 'it is a capture of packets: halfopen repro --from-pcap FILE' },
  { bytes: [0xa1, 0xb2, 0xc3, 0xd4], what: 'it is a capture of packets: halfopen repro --from-pcap FILE' },
  { bytes: [0x4d, 0x3c, 0xb2, 0xa1], what: 'it is a capture of packets: halfopen repro --from-pcap FILE' },
  { bytes: [0x0a, 0x0d, 0x0d, 0x0a], what: 'it is a capture of packets (pcapng): halfopen repro --from-pcap FILE' },
]

const PIECE_BYTES = 1 << 20

/** Gives a file, or `-` for standard input, to a reader, piece by piece; `.gz` unpacked. Rejects with a Complaint. */
export async function readInto(file: string, reader: LogReader): Promise<void> {
  const refuse = (why: string) => new Complaint(`error: ${file} can't be read: ${why}`, EXIT.unreadable)
  if (file !== '-') await refuseOthers(file, refuse)
  try {
    const source: Readable = file === '-' ? process.stdin : await openFile(file)
    await pour(source, reader, refuse)
  } catch (error) {
    if (error instanceof Complaint) throw error
    throw refuse(WORDS[(error as NodeJS.ErrnoException).code ?? ''] ?? (error as Error).message)
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

async function refuseOthers(file: string, refuse: (why: string) => Complaint): Promise<void> {
  const kind = await kindAt(file)
  if (kind instanceof UnreadableFile) throw refuse(kind.message)
  if (kind === 'nothing') throw refuse('there is no such file')
  const found = await stat(file)
  if (!found.isFile())
    throw refuse(
      `it is ${found.isDirectory() ? 'a directory' : 'no regular file'}; give a log file, or - for standard input`,
    )
}

async function pour(source: Readable, reader: LogReader, refuse: (why: string) => Complaint): Promise<void> {
  const pieces = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const first = await pieces.next()
  if (first.done) return
  const head = Buffer.from(first.value)
  const strange = MAGIC.find(({ bytes }) => bytes.every((byte, index) => head[index] === byte))
  if (strange) throw refuse(strange.what)
  const all = rest(head, pieces)
  if (head[0] !== 0x1f || head[1] !== 0x8b) {
    await feed(all, reader, refuse)
    return
  }
  const { Readable: Source, pipeline } = await import('node:stream')
  const gunzip = createGunzip()
  const failed = new Promise<never>((_, reject) => {
    pipeline(Source.from(all), gunzip, error => error && reject(error))
  })
  await Promise.race([feed(gunzip, reader, refuse), failed])
}

/** What has no line of a log in so much of it is no log, and may have no end. */
const MOST_STRANGE_BYTES = 64 << 20

async function feed(
  pieces: AsyncIterable<Buffer>,
  reader: LogReader,
  refuse: (why: string) => Complaint,
): Promise<void> {
  let bytes = 0
  for await (const piece of pieces) {
    reader.push(piece)
    bytes += piece.length
    if (bytes > MOST_STRANGE_BYTES && reader.understood === 0)
      throw refuse('none of its first 64 MB is in the words of a broker or client that halfopen knows')
  }
}

async function* rest(head: Buffer, pieces: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield head
  for (let next = await pieces.next(); !next.done; next = await pieces.next())
    yield Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength)
}
