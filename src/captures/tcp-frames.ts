/** One TCP connection at one edge of the link, as segments in IPv4 packets (RFC 9293 §3.1, RFC 791 §3.1). */

export interface FrameEnd {
  readonly address: readonly [number, number, number, number]
  readonly port: number
}

const [FIN, SYN, RST, PSH, ACK] = [1, 2, 4, 8, 16] as const
const WINDOW = 65_535
/** More does not go into one IPv4 packet with its headers. */
const MOST_DATA = 60_000

interface Side extends FrameEnd {
  next: number
  isClosed: boolean
}

export type From = 'client' | 'server'

/** Makes the frames of a connection in order; what is acknowledged is so at once, since a relay acknowledges everything itself. */
export class TcpFrames {
  readonly #sides: { readonly client: Side; readonly server: Side }
  #isReset = false
  #id = 0

  constructor(client: FrameEnd, server: FrameEnd) {
    this.#sides = {
      client: { ...client, next: 1000, isClosed: false },
      server: { ...server, next: 5000, isClosed: false },
    }
  }

  handshake(): Buffer[] {
    return [this.#frame('client', SYN), this.#frame('server', SYN | ACK), this.#frame('client', ACK)]
  }

  /** Nothing where that side has ended the connection already. */
  data(from: From, bytes: Buffer): Buffer[] {
    if (this.#isReset || this.#sides[from].isClosed) return []
    const frames: Buffer[] = []
    for (let at = 0; at < bytes.length; at += MOST_DATA) {
      frames.push(this.#frame(from, PSH | ACK, bytes.subarray(at, at + MOST_DATA)))
      frames.push(this.#frame(other(from), ACK))
    }
    return frames
  }

  end(from: From, how: 'fin' | 'rst'): Buffer[] {
    if (this.#isReset || (how === 'fin' && this.#sides[from].isClosed)) return []
    if (how === 'rst') {
      this.#isReset = true
      return [this.#frame(from, RST | ACK)]
    }
    this.#sides[from].isClosed = true
    return [this.#frame(from, FIN | ACK), this.#frame(other(from), ACK)]
  }

  #frame(from: From, flags: number, data: Buffer = Buffer.alloc(0)): Buffer {
    const [source, target] = [this.#sides[from], this.#sides[other(from)]]
    const tcp = Buffer.alloc(20)
    tcp.writeUInt16BE(source.port, 0)
    tcp.writeUInt16BE(target.port, 2)
    tcp.writeUInt32BE(source.next >>> 0, 4)
    if (flags & ACK) tcp.writeUInt32BE(target.next >>> 0, 8)
    tcp.writeUInt8(5 << 4, 12)
    tcp.writeUInt8(flags, 13)
    tcp.writeUInt16BE(WINDOW, 14)
    tcp.writeUInt16BE(tcpChecksum(source, target, tcp, data), 16)
    source.next = (source.next + data.length + (flags & (SYN | FIN) ? 1 : 0)) >>> 0
    return Buffer.concat([this.#ip(source, target, 20 + data.length), tcp, data])
  }

  #ip(source: FrameEnd, target: FrameEnd, length: number): Buffer {
    const ip = Buffer.alloc(20)
    ip.writeUInt8(0x45, 0)
    ip.writeUInt16BE(20 + length, 2)
    ip.writeUInt16BE(this.#id++ & 0xffff, 4)
    ip.writeUInt16BE(0x4000, 6)
    ip.writeUInt8(64, 8)
    ip.writeUInt8(6, 9)
    ip.set(source.address, 12)
    ip.set(target.address, 16)
    ip.writeUInt16BE(checksum([ip]), 10)
    return ip
  }
}

const other = (side: From): From => (side === 'client' ? 'server' : 'client')

function tcpChecksum(source: FrameEnd, target: FrameEnd, tcp: Buffer, data: Buffer): number {
  const length = tcp.length + data.length
  const pseudo = Buffer.from([...source.address, ...target.address, 0, 6, length >> 8, length & 0xff])
  return checksum([pseudo, tcp, data])
}

/** RFC 1071. Only the last part may have an odd length. */
function checksum(parts: readonly Buffer[]): number {
  let sum = 0
  for (const part of parts)
    for (let at = 0; at < part.length; at += 2) sum += ((part[at] ?? 0) << 8) | (part[at + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}
