import type { Event, FilterSummary, PacketSummary } from '../../model/event.ts'
import type { Flow } from '../../model/flow.ts'

/** So many dates of messages are kept at least: more than a habit takes. */
const MOST_DATES = 10_000
/** Of the topic filters so many. */
const MOST_FILTERS = 100

/** What is known of one TCP connection through the link, as events come. */
export class DeviceLine {
  readonly conn: number
  readonly openedMs: number
  connect: PacketSummary | undefined
  #connack: PacketSummary | undefined
  /** The CONNACK at the device's edge. */
  connackMs: number | undefined
  /** Where the broker did not accept. */
  refusedCode: number | undefined
  subscribed = false
  subacked = false
  /** What it subscribed to on this connection, in order. */
  filters: readonly FilterSummary[] = []
  /** When the device published on it; of very many the last, after `forgottenMs`. */
  publishedMs: number[] = []
  forgottenMs = Number.NEGATIVE_INFINITY
  /** How often, and how often with an acknowledgement asked for. */
  published = 0
  acknowledgeable = 0
  /** Flows whose bytes are no MQTT, and what they look like. */
  readonly undecoded = new Map<string, string>()
  /** It began with the upgrade to a WebSocket. */
  webSocket = false
  /** When either side ended it, as the device sees it. */
  endedMs: number | undefined

  constructor(conn: number, openedMs: number) {
    this.conn = conn
    this.openedMs = openedMs
  }

  see(event: Event): void {
    if (event.what === 'packet' && event.edge === 'client') this.#packet(event.packet, event.flow, event.atMs)
    else if (event.what === 'websocket' && event.frame.kind === 'request') this.webSocket = true
    else if (event.what === 'undecoded') this.undecoded.set(event.flow, event.note)
    else if ((event.what === 'fin' || event.what === 'rst') && event.edge === 'client') this.endedMs ??= event.atMs
  }

  #packet(packet: PacketSummary, flow: Flow, atMs: number): void {
    if (packet.cmd === 'publish' && flow === 'up') this.#published(packet, atMs)
    else if (packet.cmd === 'connect') this.connect ??= packet
    else if (packet.cmd === 'connack') this.#answered(packet, atMs)
    else if (packet.cmd === 'subscribe') this.#subscribes(packet)
    else if (packet.cmd === 'suback') this.subacked = true
  }

  #subscribes({ filters = [] }: PacketSummary): void {
    this.subscribed = true
    if (this.filters.length < MOST_FILTERS) this.filters = [...this.filters, ...filters].slice(0, MOST_FILTERS)
  }

  #published({ qos = 0 }: PacketSummary, atMs: number): void {
    this.published++
    this.publishedMs.push(atMs)
    if (this.publishedMs.length > 2 * MOST_DATES) {
      this.forgottenMs = this.publishedMs[MOST_DATES - 1] ?? atMs
      this.publishedMs = this.publishedMs.slice(MOST_DATES)
    }
    if (qos > 0) this.acknowledgeable++
  }

  #answered(packet: PacketSummary, atMs: number): void {
    if ((packet.code ?? 0) !== 0) this.refusedCode = packet.code
    else {
      this.#connack ??= packet
      this.connackMs ??= atMs
    }
  }

  get accepted(): boolean {
    return this.connackMs !== undefined
  }

  get alive(): boolean {
    return this.endedMs === undefined
  }

  get terms(): Terms {
    const { clientId = '', protocolVersion, keepaliveS = 0, clean = true } = this.connect ?? {}
    const { serverKeepAliveS: imposedS, sessionPresent = false } = this.#connack ?? {}
    return {
      clientId,
      protocol: protocolVersion === 5 ? 5 : 4,
      declaredS: keepaliveS,
      ...(imposedS === undefined ? {} : { imposedS }),
      clean,
      sessionPresent,
    }
  }
}

/** What a device and the broker agreed to on one connection. */
export interface Terms {
  readonly clientId: string
  /** MQTT protocol level: 4 is 3.1.1, 5 is 5.0. */
  readonly protocol: 4 | 5
  /** As its CONNECT says; 0 is off. */
  readonly declaredS: number
  /** Server Keep Alive, MQTT 5.0 §3.2.2.3.14. */
  readonly imposedS?: number
  /** Clean Session of 3.1.1, Clean Start of 5.0. */
  readonly clean: boolean
  readonly sessionPresent: boolean
}

/** In force: 5.0 [MQTT-3.2.2-21]. */
export const keepaliveMs = ({ imposedS, declaredS }: Pick<Terms, 'imposedS' | 'declaredS'>): number =>
  (imposedS ?? declaredS) * 1000

export const versionName = (protocol: 4 | 5): string => (protocol === 5 ? 'MQTT 5.0' : 'MQTT 3.1.1')
