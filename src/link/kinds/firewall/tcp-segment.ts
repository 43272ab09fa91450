import type { Side } from '../../../model/flow.ts'

/** Where the firewall's kernel saw a segment: as it came in from a side, or as it went out to one. */
export interface SegmentSighting {
  /** By the kernel, in milliseconds of the machine's monotonic clock; microseconds are kept. It was at most `lateMs` before. */
  readonly seenMs: number
  readonly lateMs: number
  readonly edge: Side
  /** `in`: that side sent it. `out`: it is handed to that side. */
  readonly way: 'in' | 'out'
}

export interface TcpSegment extends SegmentSighting {
  /** `10.77.1.2:40000` */
  readonly from: string
  readonly to: string
  readonly seq: number
  readonly ack: number
  readonly syn: boolean
  readonly fin: boolean
  readonly rst: boolean
  readonly hasAck: boolean
  readonly payload: Buffer
}

const IPV4 = 4
const TCP = 6
const FIN = 1
const SYN = 2
const RST = 4
const ACK = 16

/** `undefined` where these bytes are no whole IPv4 TCP segment. */
export function parseSegment(packet: Buffer, sighting: SegmentSighting): TcpSegment | undefined {
  if (packet.length < 40 || packet.readUInt8(0) >> 4 !== IPV4 || packet.readUInt8(9) !== TCP) return undefined
  const tcpAt = (packet.readUInt8(0) & 15) * 4
  // What follows the packet's own length is the link layer's padding.
  const end = Math.min(packet.readUInt16BE(2) || packet.length, packet.length)
  if (tcpAt + 20 > end) return undefined
  const payloadAt = tcpAt + (packet.readUInt8(tcpAt + 12) >> 4) * 4
  const flags = packet.readUInt8(tcpAt + 13)
  return {
    ...sighting,
    from: `${address(packet, 12)}:${packet.readUInt16BE(tcpAt)}`,
    to: `${address(packet, 16)}:${packet.readUInt16BE(tcpAt + 2)}`,
    seq: packet.readUInt32BE(tcpAt + 4),
    ack: packet.readUInt32BE(tcpAt + 8),
    syn: (flags & SYN) !== 0,
    fin: (flags & FIN) !== 0,
    rst: (flags & RST) !== 0,
    hasAck: (flags & ACK) !== 0,
    payload: packet.subarray(payloadAt, end),
  }
}

const address = (packet: Buffer, at: number): string => packet.subarray(at, at + 4).join('.')

/** How far `one` is ahead of `other` in a space that wraps at 2^32 (RFC 9293 §3.4); negative where it is behind. */
export const ahead = (one: number, other: number): number => (one - other) | 0

/** Past the last byte, SYN or FIN that it carries. */
export const endOf = ({ seq, payload, syn, fin }: TcpSegment): number =>
  (seq + payload.length + (syn ? 1 : 0) + (fin ? 1 : 0)) >>> 0
