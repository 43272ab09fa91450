/**
 * The format of tcpdump's `-w -`: a header of 24 bytes, then each packet behind one of 16. Link type 276 (LINUX_SLL2) has 20 more
 * bytes, with the interface and the way of each packet (tcpdump.org/linktypes, LINKTYPE_LINUX_SLL2).
 */
import type { Side } from '../../model/flow.ts'
import { parseSegment, type Segment } from './segment.ts'

const FILE_HEADER = 24
const PACKET_HEADER = 16
const COOKED_HEADER = 20
const MAGIC_NANOSECONDS = 0xa1b23c4d
const LINUX_SLL2 = 276
/** PACKET_HOST and PACKET_OUTGOING of packet(7). */
const TO_US = 0
const FROM_US = 4

/** Takes tcpdump's output piece by piece. `sides`: which side is behind each interface, by its number. */
export class PcapReader {
  readonly #sides: ReadonlyMap<number, Side>
  #rest: Buffer = Buffer.alloc(0)
  #begun = false

  constructor(sides: ReadonlyMap<number, Side>) {
    this.#sides = sides
  }

  /** The segments that this piece completes, in the order in which the kernel saw them. */
  push(piece: Buffer): readonly Segment[] {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, piece]) : piece
    if (!this.#begun) {
      if (bytes.length < FILE_HEADER) {
        this.#rest = bytes
        return []
      }
      this.#begin(bytes)
      bytes = bytes.subarray(FILE_HEADER)
    }
    const segments: Segment[] = []
    while (bytes.length >= PACKET_HEADER) {
      const length = bytes.readUInt32LE(8)
      if (bytes.length < PACKET_HEADER + length) break
      const segment = this.#read(bytes.subarray(0, PACKET_HEADER + length))
      if (segment) segments.push(segment)
      bytes = bytes.subarray(PACKET_HEADER + length)
    }
    this.#rest = Buffer.from(bytes)
    return segments
  }

  #begin(header: Buffer): void {
    if (header.readUInt32LE(0) !== MAGIC_NANOSECONDS || header.readUInt32LE(20) !== LINUX_SLL2)
      throw new Error('tcpdump writes another format than it was asked for')
    this.#begun = true
  }

  #read(record: Buffer): Segment | undefined {
    const wallMs = record.readUInt32LE(0) * 1000 + record.readUInt32LE(4) / 1_000_000
    const cooked = record.subarray(PACKET_HEADER)
    const edge = this.#sides.get(cooked.readUInt32BE(4))
    const type = cooked.readUInt8(10)
    if (edge === undefined || (type !== TO_US && type !== FROM_US)) return undefined
    return parseSegment(cooked.subarray(COOKED_HEADER), { wallMs, edge, way: type === TO_US ? 'in' : 'out' })
  }
}
