/** Captures made for tests: what was said is known, and is put into segments, frames and files in every way that there is. */
import { generate, type Packet } from 'mqtt-packet'

/** One side says something, at a time. */
export interface Said {
  readonly atMs: number
  readonly from: 'client' | 'broker'
  readonly bytes: Buffer
}

export interface RawSegment {
  readonly atMs: number
  readonly from: 'client' | 'broker'
  readonly seq: number
  readonly ack: number
  readonly flags: number
  readonly data: Buffer
}

export const FLAG = { fin: 1, syn: 2, rst: 4, ack: 16 } as const

export const mqtt = (packet: Packet, protocolVersion: 4 | 5 = 4): Buffer =>
  generate(packet, { protocolVersion } as never)

/** In order, each message cut into pieces of `sizes`, with a SYN before; `isn`: near the wrap of 32 bits or not. */
export function segmentsOf(said: readonly Said[], sizes: readonly number[], isn = 4_294_967_000): RawSegment[] {
  const next = { client: (isn + 1) >>> 0, broker: 1001 }
  const startMs = (said[0]?.atMs ?? 0) - 1
  const segments: RawSegment[] = [
    { atMs: startMs, from: 'client', seq: isn, ack: 0, flags: FLAG.syn, data: Buffer.alloc(0) },
    { atMs: startMs, from: 'broker', seq: 1000, ack: next.client, flags: FLAG.syn | FLAG.ack, data: Buffer.alloc(0) },
  ]
  let turn = 0
  for (const { atMs, from, bytes } of said) {
    for (let at = 0; at < bytes.length; ) {
      const data = bytes.subarray(at, at + Math.max(1, sizes[turn++ % sizes.length] ?? 1400))
      const other = from === 'client' ? 'broker' : 'client'
      segments.push({ atMs, from, seq: next[from], ack: next[other], flags: FLAG.ack, data })
      next[from] = (next[from] + data.length) >>> 0
      at += data.length
    }
  }
  return segments
}

export interface Ends {
  readonly v6?: boolean
  readonly clientPort?: number
  /** Of the broker. */
  readonly port?: number
}

/** An IP packet. */
export function ipPacket(
  { from, seq, ack, flags, data }: RawSegment,
  { v6 = false, clientPort = 40_001, port = 1883 }: Ends = {},
): Buffer {
  const tcp = Buffer.alloc(20)
  tcp.writeUInt16BE(from === 'client' ? clientPort : port, 0)
  tcp.writeUInt16BE(from === 'client' ? port : clientPort, 2)
  tcp.writeUInt32BE(seq >>> 0, 4)
  tcp.writeUInt32BE(ack >>> 0, 8)
  tcp.writeUInt8(5 << 4, 12)
  tcp.writeUInt8(flags, 13)
  const body = Buffer.concat([tcp, data])
  const addresses = v6
    ? [Buffer.from('20010db8000000000000000000000007', 'hex'), Buffer.from('20010db8000000000000000000000001', 'hex')]
    : [Buffer.from([192, 0, 2, 7]), Buffer.from([198, 51, 100, 1])]
  if (from === 'broker') addresses.reverse()
  if (v6) {
    const header = Buffer.from([0x60, 0, 0, 0, 0, 0, 6, 64])
    header.writeUInt16BE(body.length, 4)
    return Buffer.concat([header, ...addresses, body])
  }
  const header = Buffer.from([0x45, 0, 0, 0, 0, 1, 0x40, 0, 64, 6, 0, 0])
  header.writeUInt16BE(20 + body.length, 2)
  return Buffer.concat([header, ...addresses, body])
}

/** How a link type wraps an IP packet. */
export const LINKS: Readonly<Record<string, { readonly type: number; wrap(ip: Buffer): Buffer }>> = {
  ethernet: { type: 1, wrap: ip => Buffer.concat([Buffer.alloc(12), etherType(ip), ip]) },
  vlan: { type: 1, wrap: ip => Buffer.concat([Buffer.alloc(12), Buffer.from([0x81, 0, 0, 5]), etherType(ip), ip]) },
  padded: {
    type: 1,
    wrap: ip => Buffer.concat([Buffer.alloc(12), etherType(ip), ip, Buffer.alloc(Math.max(0, 46 - ip.length))]),
  },
  'linux cooked': { type: 113, wrap: ip => Buffer.concat([Buffer.alloc(14), etherType(ip), ip]) },
  'linux cooked v2': { type: 276, wrap: ip => Buffer.concat([etherType(ip), Buffer.alloc(18), ip]) },
  raw: { type: 101, wrap: ip => ip },
  loopback: { type: 0, wrap: ip => Buffer.concat([Buffer.from([ip.readUInt8(0) >> 4 === 6 ? 24 : 2, 0, 0, 0]), ip]) },
}

const etherType = (ip: Buffer): Buffer => Buffer.from(ip.readUInt8(0) >> 4 === 6 ? [0x86, 0xdd] : [8, 0])

interface Written {
  readonly atMs: number
  readonly bytes: Buffer
}

/** Files, as tools write them. `snap`: no more than so many bytes of each frame. */
export const FILES: Readonly<Record<string, (frames: readonly Written[], linkType: number, snap?: number) => Buffer>> =
  {
    pcap: (frames, type, snap) => pcapFile(frames, type, { magic: 0xa1b2c3d4, little: true, unitsAMs: 1e3, snap }),
    'pcap, big-endian': (frames, type, snap) =>
      pcapFile(frames, type, { magic: 0xa1b2c3d4, little: false, unitsAMs: 1e3, snap }),
    'pcap, nanoseconds': (frames, type, snap) =>
      pcapFile(frames, type, { magic: 0xa1b23c4d, little: true, unitsAMs: 1e6, snap }),
    pcapng: (frames, type, snap) => pcapngFile(frames, type, snap),
  }

function pcapFile(
  frames: readonly Written[],
  linkType: number,
  {
    magic,
    little,
    unitsAMs,
    snap = 262_144,
  }: { magic: number; little: boolean; unitsAMs: number; snap?: number | undefined },
): Buffer {
  const words = (...values: number[]) => {
    const bytes = Buffer.alloc(4 * values.length)
    for (const [i, value] of values.entries())
      little ? bytes.writeUInt32LE(value, 4 * i) : bytes.writeUInt32BE(value, 4 * i)
    return bytes
  }
  const version = little ? Buffer.from([2, 0, 4, 0]) : Buffer.from([0, 2, 0, 4])
  const records = frames.flatMap(({ atMs, bytes }) => {
    const seconds = Math.floor(atMs / 1000)
    const held = bytes.subarray(0, snap)
    return [words(seconds, Math.round((atMs - seconds * 1000) * unitsAMs), held.length, bytes.length), held]
  })
  return Buffer.concat([words(magic), version, words(0, 0, snap, linkType), ...records])
}

function pcapngFile(frames: readonly Written[], linkType: number, snap = 262_144): Buffer {
  const block = (type: number, body: Buffer) => {
    const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)])
    const length = Buffer.alloc(4)
    length.writeUInt32LE(padded.length + 12)
    const head = Buffer.alloc(4)
    head.writeUInt32LE(type)
    return Buffer.concat([head, length, padded, length])
  }
  const section = Buffer.from('4d3c2b1a01000000ffffffffffffffff', 'hex')
  const described = Buffer.alloc(16)
  described.writeUInt16LE(linkType, 0)
  described.writeUInt32LE(snap, 4)
  // if_tsresol 6, then the end of the options.
  Buffer.from('0900010006000000', 'hex').copy(described, 8)
  const packets = frames.map(({ atMs, bytes }) => {
    const held = bytes.subarray(0, snap)
    const head = Buffer.alloc(20)
    const micros = BigInt(Math.round(atMs * 1000))
    head.writeUInt32LE(Number(micros >> 32n), 4)
    head.writeUInt32LE(Number(micros & 0xffffffffn), 8)
    head.writeUInt32LE(held.length, 12)
    head.writeUInt32LE(bytes.length, 16)
    return block(6, Buffer.concat([head, held]))
  })
  // A block that nobody knows lies in between.
  return Buffer.concat([
    block(0x0a0d0d0a, section),
    block(1, Buffer.concat([described, Buffer.alloc(4)])),
    block(0x0a0a, Buffer.from('secret')),
    ...packets,
  ])
}
