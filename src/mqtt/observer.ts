/**
 * Watches one flow of one connection and says which control packets pass, without ever standing in their way.
 *
 * Memory: the framer finds the packets' borders and keeps no bytes. Of each packet only the head is collected, since
 * topic, id and properties come before the payload; a longer PUBLISH (up to 256 MB) is cut there, given a Remaining Length to match
 * and parsed like that. Where the cut hurts (a SUBSCRIBE or properties longer than the head), the summary says what
 * the fixed header alone tells. A CONNECT has its say to the end, because the keep-alive matters more than 384 KiB.
 */

import { type Packet, parser } from 'mqtt-packet'
import type { PacketName, PacketSummary, Sealed, WillSummary } from '../model/event.ts'
import { messageOf } from '../text/message-of.ts'
import { Framer, type PacketPart } from './framer.ts'
import { isLikeWill, willIn } from './will.ts'

/** The longest topic (2 + 65,535 bytes), a packet id, and room for properties. */
const HEAD_BYTES = 68 * 1024
/** Client id, user name, password, will topic and will payload, 65,535 bytes each, and properties. */
const CONNECT_BYTES = 384 * 1024

/** What both flows of a connection must know of each other: a 5.0 CONNACK reads otherwise than a 3.1.1 one. */
export interface Session {
  protocolVersion: number
  /** Of the CONNECT. */
  will?: WillSummary | false
}

export type Sighting = { readonly packet: PacketSummary } | { readonly undecoded: string }

export const newSession = (): Session => ({ protocolVersion: 4 })

export class PacketObserver {
  readonly #session: Session
  readonly #framer = new Framer()
  #head: Buffer[] = []
  #headBytes = 0
  #wireBytes = 0
  #quiet = false
  #fresh = true
  #sealed: Sealed | undefined

  constructor(session: Session) {
    this.#session = session
  }

  /** It has met bytes that are not MQTT, and reads nothing any more. */
  get damaged(): boolean {
    return this.#quiet
  }

  /** What the stream is wrapped in, where that showed in its first byte. */
  get sealed(): Sealed | undefined {
    return this.#sealed
  }

  /** The packets that these bytes complete, in order; at the first damage one `undecoded`, and then nothing more. */
  push(chunk: Buffer): readonly Sighting[] {
    if (this.#fresh) this.#sealed = sealOf(chunk[0])
    this.#fresh = false
    const ping = this.#quiet || !this.#framer.between ? undefined : pingIn(chunk)
    if (ping) return ping
    const seen: Sighting[] = []
    const { parts, rest } = this.#framer.push(chunk)
    for (const part of parts) {
      const sighting = this.#quiet ? undefined : this.#take(part)
      if (sighting) seen.push(sighting)
      if (sighting && 'undecoded' in sighting) this.#silence()
    }
    if (rest && !this.#quiet) {
      seen.push({ undecoded: this.#framer.damage ?? 'not MQTT' })
      this.#silence()
    }
    return seen
  }

  /** A framer that stands where this stream stands. */
  position(): Framer {
    return this.#framer.clone()
  }

  #take(part: PacketPart): Sighting | undefined {
    this.#wireBytes += part.bytes.length
    const body = part.bytes.subarray(part.headerBytes)
    const room = limitFor(part.cmd) - this.#headBytes
    // Copied where it stays, so that no packet keeps a whole chunk alive.
    if (body.length > 0 && room > 0)
      this.#collect(part.ends ? body.subarray(0, room) : Buffer.from(body.subarray(0, room)))
    return part.ends ? this.#finish(part) : undefined
  }

  #collect(piece: Buffer): void {
    this.#head.push(piece)
    this.#headBytes += piece.length
  }

  #finish({ cmd, header }: PacketPart): Sighting {
    const bytes = this.#wireBytes
    const body = Buffer.concat(this.#head)
    this.#forget()
    if (cmd === 'pingreq' || cmd === 'pingresp')
      return bytes === 2 ? { packet: { cmd, bytes } } : { undecoded: `${cmd.toUpperCase()} with a body` }
    const fixed = Buffer.from([header, ...remainingLength(body.length)])
    try {
      const packet = summarize(Buffer.concat([fixed, body]), bytes, this.#session)
      if (packet.protocolVersion !== undefined) this.#session.protocolVersion = packet.protocolVersion
      if (packet.will !== undefined) this.#session.will = packet.will
      return { packet }
    } catch (error) {
      const cut = bytes > body.length + 1 + LENGTH_BYTES_MAX
      return cut ? { packet: { cmd, bytes } } : { undecoded: `${cmd.toUpperCase()}: ${messageOf(error)}` }
    }
  }

  #forget(): void {
    this.#head = []
    this.#headBytes = 0
    this.#wireBytes = 0
  }

  #silence(): void {
    this.#quiet = true
    this.#forget()
  }
}

const LENGTH_BYTES_MAX = 4

const PINGREQ: readonly Sighting[] = [{ packet: { cmd: 'pingreq', bytes: 2 } }]
const PINGRESP: readonly Sighting[] = [{ packet: { cmd: 'pingresp', bytes: 2 } }]

/** Most of what passes in an hour: always the same two bytes (MQTT 3.1.1 and 5.0 §3.12.1, §3.13.1), so nothing to parse. */
function pingIn(chunk: Buffer): readonly Sighting[] | undefined {
  if (chunk.length !== 2 || chunk[1] !== 0) return undefined
  return chunk[0] === 0xc0 ? PINGREQ : chunk[0] === 0xd0 ? PINGRESP : undefined
}

const limitFor = (cmd: PacketName): number => (cmd === 'connect' ? CONNECT_BYTES : HEAD_BYTES)

/**
 * The first byte that a client sends: of a TLS record with a handshake (RFC 8446 §5.1), of `GET` (RFC 6455 §4.1). Neither can
 * begin a control packet: CONNECT and PUBACK with such flags are malformed.
 */
const sealOf = (first: number | undefined): Sealed | undefined =>
  first === 0x16 ? 'TLS' : first === 0x47 ? 'WebSocket' : undefined

/** MQTT 3.1.1 §2.2.3, 5.0 §1.5.5. */
function remainingLength(value: number): number[] {
  const bytes: number[] = []
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return [...bytes, left]
    bytes.push((left % 128) | 128)
  }
}

/** One complete packet, or throws what mqtt-packet has against it. */
function parseOne(packet: Buffer, protocolVersion: number): Packet {
  // A new parser each time: the old one would keep the CONNECT it saw, password included.
  const reader = parser({ protocolVersion })
  let parsed: Packet | undefined
  reader.on('packet', found => {
    parsed = found
  })
  reader.on('error', error => {
    throw error
  })
  reader.parse(packet)
  if (!parsed) throw new Error('incomplete packet')
  return parsed
}

/** What evidence keeps of a packet; `bytes` is its length on the wire. */
export function summarize(packet: Buffer, bytes: number, { protocolVersion, will }: Session): PacketSummary {
  return { ...fields(parseOne(packet, protocolVersion), will), bytes }
}

function fields(packet: Packet, will: WillSummary | false | undefined): Omit<PacketSummary, 'bytes'> {
  const { cmd } = packet
  switch (packet.cmd) {
    case 'connect':
      return defined({
        cmd,
        clientId: packet.clientId,
        keepaliveS: packet.keepalive,
        protocolVersion: packet.protocolVersion,
        clean: packet.clean,
        will: willIn(packet),
        sessionExpiryS: packet.properties?.sessionExpiryInterval,
        maximumPacketSize: packet.properties?.maximumPacketSize,
        receiveMaximum: packet.properties?.receiveMaximum,
      })
    case 'connack':
      return defined({
        cmd,
        code: packet.reasonCode ?? packet.returnCode,
        sessionPresent: packet.sessionPresent,
        serverKeepAliveS: packet.properties?.serverKeepAlive,
        clientId: packet.properties?.assignedClientIdentifier,
        sessionExpiryS: packet.properties?.sessionExpiryInterval,
      })
    case 'publish':
      return defined({
        cmd,
        topic: packet.topic,
        qos: packet.qos,
        dup: packet.dup,
        messageId: packet.qos > 0 ? packet.messageId : undefined,
        likeWill: isLikeWill(packet, will),
      })
    case 'subscribe':
      return defined({
        cmd,
        messageId: packet.messageId,
        filters: packet.subscriptions.map(({ topic, qos }) => ({ topic, qos })),
      })
    case 'disconnect':
      return defined({ cmd, code: packet.reasonCode, sessionExpiryS: packet.properties?.sessionExpiryInterval })
    default:
      return defined({ cmd, messageId: packet.messageId, code: 'reasonCode' in packet ? packet.reasonCode : undefined })
  }
}

type Loose<T> = { readonly [K in keyof T]: T[K] | undefined }

/** Without the fields that the packet did not have. */
const defined = (summary: Loose<Omit<PacketSummary, 'bytes'>>) =>
  Object.fromEntries(Object.entries(summary).filter(([, value]) => value !== undefined)) as unknown as Omit<
    PacketSummary,
    'bytes'
  >
