/** Where and when something was seen. */
export interface At {
  /** Milliseconds since 1970-01-01 UTC, with fractions. */
  readonly atMs: number
  /** Of the frame, from 1, as Wireshark counts. */
  readonly number: number
}

/** One frame of a capture, as its file has it. */
export interface Frame extends At {
  /** LINKTYPE_ of tcpdump.org/linktypes.html. */
  readonly linkType: number
  /** What was captured of it: a view, valid until the next chunk is pushed. */
  readonly bytes: Buffer
  /** How long it was on the wire. */
  readonly wireBytes: number
}

export type FrameSink = (frame: Frame) => void

/** Takes the text of a TLS key log that lies in the capture itself. */
export type SecretsSink = (text: string) => void

/** Why a file is no capture, or no more of one from here on. */
export class CaptureError extends Error {}

/** Larger than any frame (jumbo frames, TSO of 64 KiB, 256 KiB of snaplen) and any block with secrets in it. */
export const MOST_BLOCK_BYTES = 16 * 2 ** 20

/** One TCP segment. */
export interface Segment {
  /** `192.0.2.1:40001`, `[2001:db8::1]:1883`. */
  readonly from: string
  readonly to: string
  readonly fromPort: number
  readonly toPort: number
  readonly seq: number
  readonly ack: number
  readonly syn: boolean
  readonly hasAck: boolean
  readonly fin: boolean
  readonly rst: boolean
  /** What was captured of its data. */
  readonly data: Buffer
  /** How much data it had on the wire; more than `data` where the capture cut it (snaplen). */
  readonly dataBytes: number
}

const TCP = 6
const IPV4 = 0x0800
const IPV6 = 0x86dd

/** The TCP segment in a frame; `undefined` where there is none, or it can't be read. Never throws. */
export function segmentOf({ linkType, bytes, wireBytes }: Frame): Segment | undefined {
  const at = networkAt(linkType, bytes)
  if (at === undefined || at >= bytes.length) return undefined
  const packet = bytes.subarray(at)
  const version = (packet[0] ?? 0) >> 4
  return version === 4 ? inIpv4(packet, wireBytes - at) : version === 6 ? inIpv6(packet, wireBytes - at) : undefined
}

/** Where IP begins, by the link type of tcpdump.org/linktypes.html; `undefined`: no IP in it, or an unknown type. */
function networkAt(linkType: number, bytes: Buffer): number | undefined {
  switch (linkType) {
    case 1: // Ethernet
      return afterEtherType(bytes, 12)
    case 0: // BSD loopback, four bytes of address family in the byte order of the machine
    case 108: // OpenBSD loopback
      return 4
    case 113: // Linux cooked, v1
      return afterEtherType(bytes, 14)
    case 276: // Linux cooked, v2
      return bytes.length < 20 ? undefined : isIp(bytes.readUInt16BE(0)) ? 20 : undefined
    case 12: // raw IP, as OpenBSD, others and Linux number it
    case 14:
    case 101:
    case 228:
    case 229:
      return 0
    case 9: // PPP
      return bytes.length < 4 ? undefined : bytes[0] === 0xff ? 4 : 2
    default:
      return undefined
  }
}

export const KNOWN_LINK_TYPES: ReadonlySet<number> = new Set([0, 1, 9, 12, 14, 101, 108, 113, 228, 229, 276])

const isIp = (etherType: number): boolean => etherType === IPV4 || etherType === IPV6

/** Tags of VLANs (802.1Q, 802.1ad) and PPPoE lie before it. */
function afterEtherType(bytes: Buffer, from: number): number | undefined {
  for (let at = from; at + 2 <= bytes.length; at += 4) {
    const type = bytes.readUInt16BE(at)
    if (isIp(type)) return at + 2
    if (type === 0x8864) return at + 2 + 8
    if (type !== 0x8100 && type !== 0x88a8 && type !== 0x9100) return undefined
  }
  return undefined
}

function inIpv4(packet: Buffer, wireBytes: number): Segment | undefined {
  if (packet.length < 20 || packet[9] !== TCP) return undefined
  const headerBytes = (packet.readUInt8(0) & 15) * 4
  // Only the first fragment has the ports; TCP is fragmented on broken paths only.
  if (headerBytes < 20 || (packet.readUInt16BE(6) & 0x1fff) !== 0) return undefined
  // 0 where the sender's card segments it (TSO): then it goes to the end of the frame.
  const total = packet.readUInt16BE(2) || wireBytes
  const name = (at: number) => `${packet[at]}.${packet[at + 1]}.${packet[at + 2]}.${packet[at + 3]}`
  return inTcp(packet.subarray(headerBytes, total), total - headerBytes, name(12), name(16))
}

/** RFC 8200 §4: hop-by-hop, routing, destination options and fragment headers may come before TCP. */
function inIpv6(packet: Buffer, wireBytes: number): Segment | undefined {
  if (packet.length < 40) return undefined
  const total = packet.readUInt16BE(4) === 0 ? wireBytes : 40 + packet.readUInt16BE(4)
  let next = packet.readUInt8(6)
  let at = 40
  while (next !== TCP) {
    if (at + 8 > packet.length) return undefined
    if (next === 44) {
      if ((packet.readUInt16BE(at + 2) & 0xfff8) !== 0) return undefined
      next = packet.readUInt8(at)
      at += 8
    } else if (next === 0 || next === 43 || next === 60) {
      next = packet.readUInt8(at)
      at += (packet.readUInt8(at + 1) + 1) * 8
    } else return undefined
  }
  const name = (from: number) => `[${ipv6(packet.subarray(from, from + 16))}]`
  return inTcp(packet.subarray(at, total), total - at, name(8), name(24))
}

function inTcp(bytes: Buffer, wireBytes: number, fromIp: string, toIp: string): Segment | undefined {
  if (bytes.length < 20) return undefined
  const headerBytes = (bytes.readUInt8(12) >> 4) * 4
  if (headerBytes < 20) return undefined
  const flags = bytes.readUInt8(13)
  const [fromPort, toPort] = [bytes.readUInt16BE(0), bytes.readUInt16BE(2)]
  return {
    from: `${fromIp}:${fromPort}`,
    to: `${toIp}:${toPort}`,
    fromPort,
    toPort,
    seq: bytes.readUInt32BE(4),
    ack: bytes.readUInt32BE(8),
    fin: (flags & 1) !== 0,
    syn: (flags & 2) !== 0,
    rst: (flags & 4) !== 0,
    hasAck: (flags & 16) !== 0,
    data: bytes.subarray(headerBytes),
    dataBytes: Math.max(0, wireBytes - headerBytes),
  }
}

/** RFC 5952: the longest run of zeros is left out. */
function ipv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i))
  let [best, length] = [-1, 1]
  for (let i = 0; i < 8; i++) {
    let run = 0
    while (i + run < 8 && groups[i + run] === 0) run++
    if (run > length) [best, length] = [i, run]
  }
  const hex = groups.map(group => group.toString(16))
  if (best < 0) return hex.join(':')
  return `${hex.slice(0, best).join(':')}::${hex.slice(best + length).join(':')}`
}
