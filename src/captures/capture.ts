import type { EventSink } from '../logs/log-event.ts'
import { CaptureConnection, type ConnectionContext } from './capture-connection.ts'
import { CaptureFile } from './file.ts'
import type { BreachSink } from './keepalive-watch.ts'
import { type Frame, KNOWN_LINK_TYPES, type Segment, segmentOf } from './segment.ts'
import { TlsKeys } from './tls/tls-session.ts'

/** Connections that are open at once in a capture, at most: one that is over, or was silent for long, is given up for a new one. */
const MOST_CONNECTIONS = 20_000
const LOOKED_AT = 1000

/** Where MQTT and MQTT over WebSocket usually listen. */
const BROKER_PORTS: ReadonlySet<number> = new Set([1883, 8883, 8884, 8083, 8084, 8080, 8081, 9001, 80, 443])

/** What was read, and what was not. */
export interface CaptureReport {
  readonly frames: number
  readonly tcpSegments: number
  /** Of frames whose link type is not known, by that type. */
  readonly unknownLinks: ReadonlyMap<number, number>
  readonly connections: number
  /** Connections that the key log has secrets of. */
  readonly keys: number
  /** Those with MQTT in them. */
  readonly mqtt: number
  /** Of those: in TLS, of which only sizes and times show; and over WebSocket. */
  readonly tls: number
  /** Of those in TLS: opened with the secrets of a key log. */
  readonly opened: number
  readonly webSocket: number
  readonly retransmitted: number
  /** Segments that are in it twice, as where several interfaces are captured. */
  readonly twice: number
  /** Frames of which the capture kept a part, and the longest of such parts in bytes. */
  readonly cutFrames: number
  readonly cutToBytes: number
  /** Bytes that the capture has not, by drops or a snaplen. */
  readonly missingBytes: number
  readonly fromMs: number | undefined
  readonly toMs: number | undefined
  /** Bytes at the end of the file that are no whole frame. */
  readonly restBytes: number
  /** Why connections could not be read to their end, with how many. */
  readonly lost: ReadonlyMap<string, number>
}

export interface CaptureSinks {
  readonly event: EventSink
  readonly breach: BreachSink
}

/**
 * Reads a capture as it comes, and tells what the MQTT in it says. Pure: chunks in, events out, in bounded memory. Throws a
 * `CaptureError` where the file is no capture, or damaged from here on.
 */
export class CaptureReader {
  readonly #file: CaptureFile
  readonly #sinks: CaptureSinks
  /** By both addresses. */
  readonly #open = new Map<string, CaptureConnection>()
  readonly #byClient = new Map<string, CaptureConnection>()
  readonly #unknownLinks = new Map<number, number>()
  readonly #lost = new Map<string, number>()
  #keys: TlsKeys | undefined
  #frames = 0
  #segments = 0
  #connections = 0
  #mqtt = 0
  #tls = 0
  #opened = 0
  #webSocket = 0
  #retransmitted = 0
  #twice = 0
  #cutFrames = 0
  #cutToBytes = 0
  #missingBytes = 0
  #fromMs: number | undefined
  #toMs: number | undefined

  /** `keys`: of a key log; those in the capture itself are added. */
  constructor(sinks: CaptureSinks, keys?: TlsKeys) {
    this.#sinks = sinks
    this.#keys = keys
    this.#file = new CaptureFile(
      frame => this.#frame(frame),
      text => {
        this.#keys ??= new TlsKeys()
        this.#keys.add(text)
      },
    )
  }

  push(chunk: Buffer): void {
    this.#file.push(chunk)
  }

  /** The file is over; or, with `damaged`, can't be read any further. */
  finish(damaged = false): CaptureReport {
    const restBytes = damaged ? 0 : this.#file.finish()
    for (const key of [...this.#open.keys()]) this.#close(key)
    return {
      frames: this.#frames,
      tcpSegments: this.#segments,
      unknownLinks: this.#unknownLinks,
      connections: this.#connections,
      keys: this.#keys?.count ?? 0,
      mqtt: this.#mqtt,
      tls: this.#tls,
      opened: this.#opened,
      webSocket: this.#webSocket,
      retransmitted: this.#retransmitted,
      twice: this.#twice,
      cutFrames: this.#cutFrames,
      cutToBytes: this.#cutToBytes,
      missingBytes: this.#missingBytes,
      fromMs: this.#fromMs,
      toMs: this.#toMs,
      restBytes,
      lost: this.#lost,
    }
  }

  #frame(frame: Frame): void {
    this.#frames++
    this.#fromMs ??= frame.atMs
    this.#toMs = frame.atMs
    if (!KNOWN_LINK_TYPES.has(frame.linkType))
      this.#unknownLinks.set(frame.linkType, (this.#unknownLinks.get(frame.linkType) ?? 0) + 1)
    if (frame.bytes.length < frame.wireBytes) {
      this.#cutFrames++
      this.#cutToBytes = Math.max(this.#cutToBytes, frame.bytes.length)
    }
    const segment = segmentOf(frame)
    if (!segment) return
    this.#segments++
    this.#connectionOf(segment)?.take(segment, frame)
  }

  #connectionOf(segment: Segment): CaptureConnection | undefined {
    const { from, to, syn, hasAck, dataBytes, fin, rst } = segment
    const key = from < to ? `${from} ${to}` : `${to} ${from}`
    const known = this.#open.get(key)
    // The same two ports again: a new connection.
    const isNew = syn && !hasAck && known?.ended === true
    if (known && !isNew) return known
    if (known) this.#close(key)
    // What comes after the end of a connection that began before the capture tells nothing.
    if (!syn && (dataBytes === 0 || fin || rst)) return undefined
    return this.#begin(key, segment)
  }

  #begin(key: string, segment: Segment): CaptureConnection {
    if (this.#open.size >= MOST_CONNECTIONS) this.#close(this.#idlest())
    const [client, broker] = ends(segment)
    const connection: CaptureConnection = new CaptureConnection(client, broker, {
      event: this.#sinks.event,
      breach: this.#sinks.breach,
      claimed: (id, by) => this.#claim(id, by),
      keys: this.#keys,
      missing: bytes => {
        if (connection.isMqtt) this.#missingBytes += bytes
      },
    } satisfies ConnectionContext)
    this.#connections++
    this.#open.set(key, connection)
    return connection
  }

  /** Of those that began first: the one that is over, or was silent for longest. */
  #idlest(): string {
    let found = ''
    let sinceMs = Infinity
    let looked = 0
    for (const [key, { ended, lastMs }] of this.#open) {
      if (ended) return key
      if (lastMs < sinceMs) [found, sinceMs] = [key, lastMs]
      if (++looked === LOOKED_AT) break
    }
    return found
  }

  #claim(id: string, by: CaptureConnection): void {
    const before = this.#byClient.get(id)
    if (before && before !== by && !before.ended) before.takenOver(this.#toMs ?? 0)
    this.#byClient.set(id, by)
  }

  #close(key: string): void {
    const connection = this.#open.get(key)
    if (!connection) return
    this.#open.delete(key)
    connection.finish()
    if (connection.id !== undefined && this.#byClient.get(connection.id) === connection)
      this.#byClient.delete(connection.id)
    if (!connection.isMqtt) return
    this.#mqtt++
    this.#retransmitted += connection.retransmitted
    this.#twice += connection.twice
    if (connection.tls !== undefined) this.#tls++
    if (connection.tls === 'opened') this.#opened++
    if (connection.isWebSocket) this.#webSocket++
    const { lost } = connection
    if (lost !== undefined) this.#lost.set(lost, (this.#lost.get(lost) ?? 0) + 1)
  }
}

/** Client and broker: who sends the SYN, else by port. */
function ends({ from, to, fromPort, toPort, syn, hasAck }: Segment): readonly [string, string] {
  if (syn) return hasAck ? [to, from] : [from, to]
  const [isFrom, isTo] = [BROKER_PORTS.has(fromPort), BROKER_PORTS.has(toPort)]
  if (isFrom !== isTo) return isFrom ? [to, from] : [from, to]
  return fromPort < toPort ? [to, from] : [from, to]
}
