/**
 * What a run's evidence looks like to Wireshark: one capture with two interfaces, the link's edges. A packet that the link held is at
 * the far edge when it came out, and is not there at all where it never did. Payloads are zeros: the evidence has none.
 */

import { wireOf } from '../dialects/index.ts'
import { passagesOf } from '../evidence/passages.ts'
import type { Event } from '../model/event.ts'
import type { Evidence } from '../model/evidence.ts'
import type { Side } from '../model/flow.ts'
import type { Verdict } from '../model/verdict.ts'
import { harmless } from '../text/harmless.ts'
import { type PacketComments, told } from './capture-comments.ts'
import { mqttBytes, mqttBytesOfAnyLength } from './mqtt-bytes.ts'
import { interfaceBlock, packetBlock, secretsBlock, sectionBlock } from './pcapng-blocks.ts'
import { type FrameEnd, type From, TcpFrames } from './tcp-frames.ts'
import { messageFrame, webSocketBytes } from './websocket-bytes.ts'

const EDGES: readonly Side[] = ['client', 'broker']
const MQTT_PORT = 1883
/** Where Wireshark takes a stream for HTTP, and what it upgrades to for what the answer says. */
const HTTP_PORT = 80
/** No dissector claims it: what is sealed is zeros and no TLS. */
const SEALED_PORT = 18_830

/**
 * The file's blocks, in order. Of a run that memory does not hold, what a verdict needs of it (evidence/digest.ts). `keys`: of the
 * sessions of TLS that the link ended. Its packets are in the clear here, and the keys are for a capture of the wire beside it.
 */
export function* evidenceCapture({ header, events }: Evidence, verdict?: Verdict, keys?: string): Generator<Buffer> {
  const what = harmless(`halfopen ${header.halfopen}: ${header.scenario.name}`)
  yield sectionBlock(
    what,
    `${what}. Made of evidence: payloads and what the evidence does not keep are zeros, and each segment is acknowledged at once.`,
  )
  yield interfaceBlock('client-edge', "the link's edge towards the client")
  yield interfaceBlock('broker-edge', "the link's edge towards the broker")
  if (keys !== undefined && keys !== '') yield secretsBlock(keys)
  const startedMs = Date.parse(header.started) - (events[0]?.atMs ?? 0)
  const comments = told({ header, events }, passagesOf(events), verdict)
  const frames = new Frames(events)
  // What is said of later moments is said at the last packet.
  const last = events.findLastIndex(({ who, what }) => who === 'link' && !NO_FRAME.has(what))
  for (const [number, event] of events.entries()) {
    const made = frames.of(event)
    if (!made) continue
    const edge = EDGES.indexOf(made.edge)
    for (const [index, bytes] of made.frames.entries()) {
      const words =
        index === made.speaks
          ? [...made.notes, ...takeFor(comments, number === last ? Infinity : event.atMs, number)]
          : []
      yield packetBlock(edge, startedMs + event.atMs, bytes, words)
    }
  }
}

/** What is due at this frame: said of its event, and said of a moment that has come. */
function takeFor(comments: PacketComments, atMs: number, number: number): readonly string[] {
  const due: string[] = []
  while (comments.moments.length > 0 && (comments.moments[0]?.atMs ?? 0) <= atMs) {
    const next = comments.moments.shift()
    if (next) due.push(next.text)
  }
  return [...due, ...(comments.events.get(number) ?? [])]
}

interface Made {
  readonly edge: Side
  readonly frames: readonly Buffer[]
  /** Which of the frames is the event itself. */
  readonly speaks: number
  readonly notes: readonly string[]
}

/** What is known of a connection and was on no wire. */
const NO_FRAME: ReadonlySet<Event['what']> = new Set(['undecoded', 'unsent'])

/** The TCP connections of a run at both edges. */
class Frames {
  readonly #open = new Map<string, TcpFrames>()
  readonly #protocols = new Map<number, number>()
  readonly #sealed: ReadonlySet<number>
  readonly #webSockets: ReadonlySet<number>

  constructor(events: readonly Event[]) {
    this.#sealed = new Set(events.flatMap(event => (event.what === 'undecoded' ? [event.conn ?? 1] : [])))
    this.#webSockets = new Set(events.flatMap(event => (event.what === 'websocket' ? [event.conn ?? 1] : [])))
  }

  of(event: Event): Made | undefined {
    if (event.who !== 'link' || NO_FRAME.has(event.what)) return undefined
    const { edge, conn = 1, device = 1 } = event
    const key = `${edge} ${conn}`
    const known = this.#open.get(key)
    const tcp = known ?? new TcpFrames(...this.#ends(edge, conn, device))
    this.#open.set(key, tcp)
    const before = known ? [] : tcp.handshake()
    if (event.what === 'open') return { edge, frames: before, speaks: 0, notes: [] }
    const { frames, notes } = this.#act(tcp, event, conn)
    return { edge, frames: [...before, ...frames], speaks: before.length, notes }
  }

  #act(tcp: TcpFrames, event: Event & { who: 'link' }, conn: number): { frames: Buffer[]; notes: string[] } {
    if (event.what === 'fin' || event.what === 'rst')
      return { frames: tcp.end(whose(event.edge, event.from), event.what), notes: [] }
    if (event.what === 'data') return { frames: tcp.data(sender(event.flow), Buffer.alloc(event.bytes)), notes: [] }
    if (event.what === 'websocket')
      return { frames: tcp.data(sender(event.flow), webSocketBytes(event.frame, event.flow)), notes: [] }
    if (event.what !== 'packet') return { frames: [], notes: [] }
    const { packet, flow } = event
    if (wireOf(packet).reading)
      return { frames: tcp.data(sender(flow), Buffer.alloc(packet.bytes)), notes: [`${packet.cmd}, as zeros`] }
    if (packet.protocolVersion !== undefined) this.#protocols.set(conn, packet.protocolVersion)
    const protocol = this.#protocols.get(conn) ?? 4
    const exact = mqttBytes(packet, protocol)
    const bytes = exact ?? mqttBytesOfAnyLength(packet, protocol)
    if (!bytes) return { frames: [], notes: [] }
    return {
      frames: tcp.data(sender(flow), this.#webSockets.has(conn) ? messageFrame(bytes, flow) : bytes),
      notes: exact ? [] : [`it was ${packet.bytes} bytes long on the wire`],
    }
  }

  /** Addresses of TEST-NET-1 (RFC 5737) for the link, of 10/8 for the others: no machine's own. */
  #ends(edge: Side, conn: number, device: number): [FrameEnd, FrameEnd] {
    const port = 1024 + (conn % 64_000)
    const server = this.#sealed.has(conn) ? SEALED_PORT : this.#webSockets.has(conn) ? HTTP_PORT : MQTT_PORT
    const client: FrameEnd = { address: [10, 1, (device >> 8) & 0xff, device & 0xff], port }
    const ofClient: FrameEnd = { address: [192, 0, 2, 1], port: server }
    const ofBroker: FrameEnd = { address: [192, 0, 2, 2], port }
    const broker: FrameEnd = { address: [10, 2, 0, 1], port: server }
    return edge === 'client' ? [client, ofClient] : [ofBroker, broker]
  }
}

const sender = (flow: 'up' | 'down'): From => (flow === 'up' ? 'client' : 'server')

/** A fault's end comes from the link itself, so from the far end of the edge. */
const whose = (edge: Side, from: Side | 'fault'): From => {
  if (from === 'fault') return edge === 'client' ? 'server' : 'client'
  return from === 'client' ? 'client' : 'server'
}
