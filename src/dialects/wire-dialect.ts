/**
 * What a connection through the link speaks: how its bytes are read, which packets mean what, and what its keep-alive asks of both
 * sides. A packet's name says whose it is: `amqp:heartbeat`; a name without a colon is one of MQTT's.
 */
import type { Duration } from '../model/duration.ts'
import type { PacketSummary } from '../model/event.ts'
import type { Flow } from '../model/flow.ts'
import type { Sighting } from '../mqtt/observer.ts'
import type { Protocol } from '../timing/spec.ts'

/** Reads one flow at one edge, in any chunking. It never throws, and keeps no more than the head of a packet. */
export interface FlowReader {
  /** It has met bytes that are not of this dialect, and reads nothing any more. */
  readonly damaged: boolean
  /** The packets that these bytes complete, in order; at the first damage one `undecoded`. */
  push(chunk: Buffer): readonly Sighting[]
}

/** What the flows of one connection must know of each other. */
export interface Talk {
  /** The keep-alive that was agreed on, in seconds. */
  keepaliveS?: number
}

/** Where the bytes of a dialect are told from others', and read. */
export interface WireReading {
  /** Whether a client of this dialect begins so. `undefined`: more bytes are needed to tell. */
  opens(start: Buffer): boolean | undefined
  reader(talk: Talk, flow: Flow): FlowReader
  /** The least that a client says to be accepted, for one that says nothing after it. */
  introduction(client: Introduced): Introduction
}

export interface Introduced {
  readonly clientId: string
  readonly keepaliveS: number
}

export interface Introduction {
  /** At once. A server that serves answers with a packet. */
  readonly first: Buffer
  /** What this packet of the server wants for an answer, until the client is accepted. */
  answer?(packet: PacketSummary): Buffer | undefined
}

/** When something is due, in units of K, all tolerance included, and the clause that says so. */
export interface WireRule {
  readonly earliest: Duration
  readonly latest: Duration
  readonly source: string
}

/** The windows for peers without a measured profile. */
export interface WireRules {
  /** Between two packets of a healthy client; `earliest` is 0. */
  readonly pings: WireRule
  /** From the last packet that the broker received, to its close. */
  readonly brokerDrops: WireRule
  /** From the moment that the path died, to the client's close. */
  readonly clientGivesUp: WireRule
  /** The peer must answer what it is asked, or speak by itself. */
  readonly answered: string
  /** The interval that the broker imposes is the client's, too. */
  readonly imposed: string
}

export interface WireDialect {
  /** As the names of its packets begin. */
  readonly name: string
  /** As messages call it. */
  readonly title: string
  readonly summary: string
  /** Absent: MQTT, as whose everything is read that no other dialect opens. */
  readonly reading?: WireReading
  /** What the packets are called that messages speak of. */
  readonly words: { readonly accepted: string; readonly ping: string }
  /** It names the client that sent it. */
  identifies(packet: PacketSummary): boolean
  /** The broker's word that the connection stands, or that it will not. */
  accepts(packet: PacketSummary): boolean
  refuses(packet: PacketSummary): boolean
  /** Its sender ends the connection with it, and waits for the other side to end it too. Absent: no packet does. */
  closes?(packet: PacketSummary): boolean
  /** The broker's word that it is there. */
  isAnswer(packet: PacketSummary): boolean
  /** The packet that the other side has to answer this one with; `undefined`: none. */
  answerTo(packet: PacketSummary): PacketSummary['cmd'] | undefined
  /** What a client sends only to be heard. Of several names the first that it sends at all: its answers are no rule of its own. */
  readonly pings: readonly PacketSummary['cmd'][]
  /**
   * Each side is heard at the latest so long after its last byte, by what it sends by itself, or answers the other. Absent: the broker
   * speaks only where it is asked (evidence/request.ts).
   */
  readonly beat?: Duration
  rules(protocol: Protocol, keepaliveMs: number): WireRules
}
