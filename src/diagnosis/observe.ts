import type { LogEvent, SeenBy } from '../logs/log-event.ts'
import { type ClientSummary, ClientTrack, TROUBLE } from './client-summary.ts'
import { type Cluster, Clusters } from './clusters.ts'
import { type Outage, outagesOf } from './outages.ts'
import type { SessionRecord } from './session-summary.ts'
import { type SilentSockets, Sockets } from './sockets.ts'

/** What a source says in all: bounded, however long the source is. */
export interface Observed {
  readonly clients: readonly ClientSummary[]
  /** Clients without trouble that were too many to be kept each. */
  readonly others: number
  readonly sessions: number
  readonly silentSockets: readonly SilentSockets[]
  readonly refusals: readonly Refusals[]
  readonly clusters: readonly Cluster[]
  readonly outages: readonly Outage[]
  /** How often lines are missing, or the clock was set by a long time. */
  readonly gaps: number
  readonly starts: number
  readonly stops: number
  readonly firstMs: number
  readonly lastMs: number
  readonly events: number
  /** Some packets other than CONNECT and CONNACK are there. */
  readonly hasPackets: boolean
  readonly seenBy: readonly SeenBy[]
}

/** Of addresses that gave no client id. */
export interface Refusals {
  readonly who: string
  readonly reason: string
  readonly count: number
  readonly firstMs: number
  readonly lastMs: number
}

const MOST_CLIENTS = 10_000
const MOST_REFUSED = 1000
/** A source that goes back that far is another piece of time, such as an older file behind a newer one. */
const ANOTHER_TIME_MS = 60_000
/** No log is silent for so long: a machine without a battery has got the time, long after it started. */
const CLOCK_SET_MS = 180 * 86_400_000

/** Takes events one by one and keeps what the diagnosis needs of them. */
export class Observer {
  readonly #clients = new Map<string, ClientTrack>()
  readonly #sockets = new Sockets()
  readonly #clusters = new Clusters()
  readonly #refused = new Map<string, { who: string; reason: string; count: number; firstMs: number; lastMs: number }>()
  readonly #seenBy = new Set<SeenBy>()
  #open = 0
  #others = 0
  #sessions = 0
  #starts = 0
  #stops = 0
  #firstMs = Infinity
  #lastMs = Number.NEGATIVE_INFINITY
  #events = 0
  #hasPackets = false
  #gaps = 0

  observe(event: LogEvent): void {
    if (event.atMs < this.#lastMs - ANOTHER_TIME_MS) this.#forgetOpen()
    else if (event.atMs > this.#lastMs + CLOCK_SET_MS && this.#events > 0) {
      this.#gaps++
      this.#forgetOpen()
    }
    this.#events++
    this.#lastMs = event.atMs
    if (event.atMs < this.#firstMs) this.#firstMs = event.atMs
    if (event.what === 'packet') this.#packet(event)
    else this.#rare(event)
  }

  #packet(event: LogEvent): void {
    if (event.client === undefined) return
    const known = this.#clients.get(keyOf(event))
    const isBare = event.cmd === 'CONNACK' || event.cmd === 'CONNECT'
    if (!isBare) this.#hasPackets = true
    if (!known && isBare) return
    // Of one that was never heard of the source has lost the beginning; one that ended sends no more.
    const track = known ?? this.#found(event)
    if (!track?.open) return
    if (track.open.isBroken(event)) {
      this.#gaps++
      track.foundAgain(event)
    }
    track.lastMs = event.atMs
    track.open.packet(event)
  }

  #found(event: LogEvent): ClientTrack | undefined {
    // It may be one that had to make room.
    if (this.#others > 0) return undefined
    const track = this.#track(event)
    track?.found(event)
    this.#open++
    return track
  }

  #rare(event: LogEvent): void {
    this.#seenBy.add(event.seenBy)
    switch (event.what) {
      case 'socket':
        this.#sockets.opened(event)
        return
      case 'connect':
        this.#connect(event)
        return
      case 'end':
        this.#end(event)
        return
      case 'refused':
        this.#refuse(event)
        return
      case 'started':
        this.#starts++
        this.#forgetOpen()
        return
      default:
        if (event.what === 'stopped') this.#stops++
    }
  }

  #connect(event: LogEvent): void {
    const openedMs = this.#sockets.connected(event.address)
    const track = this.#track(event)
    if (!track) return
    if (!track.open) this.#open++
    // It did not begin before this client's last connection ended.
    const sinceMs = track.connects === 0 ? 0 : track.lastMs
    const began = event.late && openedMs !== undefined ? { ...event, atMs: Math.max(openedMs, sinceMs) } : event
    track.connect(began)
    track.lastMs = event.atMs
    this.#sessions++
  }

  #end(event: LogEvent): void {
    if (event.client === undefined) {
      this.#sockets.ended(event)
      return
    }
    const track = this.#track(event)
    if (!track) return
    const connected = this.#open
    if (track.open) this.#open--
    const record = track.end(event)
    track.lastMs = event.atMs
    if (!record) return
    if (record.fromMs === undefined) this.#sessions++
    if (counts(record)) this.#clusters.add(track.id, record, connected)
  }

  #refuse(event: LogEvent): void {
    if (event.client !== undefined) {
      this.#track(event)?.refused(event)
      return
    }
    const { address = 'unknown address', reason = 'refused', atMs } = event
    const who = address.replace(/:\d+$/, '')
    const key = `${who}\n${reason}`
    const known = this.#refused.get(key)
    if (known) {
      known.count++
      known.lastMs = atMs
    } else if (this.#refused.size < MOST_REFUSED)
      this.#refused.set(key, { who, reason, count: 1, firstMs: atMs, lastMs: atMs })
  }

  #track(event: LogEvent): ClientTrack | undefined {
    const key = keyOf(event)
    const known = this.#clients.get(key)
    if (known) return known
    if (this.#clients.size >= MOST_CLIENTS) this.#makeRoom()
    // A text of its own: a slice would keep the whole block that it was read from. UTF-8 has no half of a pair, which JSON can escape.
    const own = Buffer.from(event.client ?? '', 'utf16le').toString('utf16le')
    const track = new ClientTrack(own, event)
    this.#clients.set(keyNamed(event.seenBy, own), track)
    return track
  }

  /** Clients that are gone and had no trouble go first; then those with the least. */
  #makeRoom(): void {
    const rank = (track: ClientTrack) => track.troubles * 2 + (track.open ? 1 : 0)
    const leaving = [...this.#clients].toSorted((a, b) => rank(a[1]) - rank(b[1])).slice(0, MOST_CLIENTS / 4)
    for (const [key, track] of leaving) {
      this.#clients.delete(key)
      if (track.open) this.#open--
      this.#others++
    }
  }

  #forgetOpen(): void {
    for (const track of this.#clients.values()) track.forget()
    this.#sockets.forget()
    this.#open = 0
  }

  finish(): Observed {
    const lengthMs = this.#events === 0 ? 0 : this.#lastMs - this.#firstMs
    const clusters = this.#clusters.finish(lengthMs)
    const sessions = [...this.#clients.values()].map(({ id, records, open }) => ({
      id,
      records,
      openSinceMs: open?.fromMs,
    }))
    const outages = outagesOf(sessions, lengthMs)
    return {
      clients: [...this.#clients.values()].map(track => track.summary(this.#lastMs)),
      others: this.#others,
      sessions: this.#sessions,
      silentSockets: this.#sockets.silent(),
      refusals: [...this.#refused.values()],
      clusters: clusters.map(each => (outages.some(outage => holds(outage, each)) ? { ...each, common: false } : each)),
      outages,
      gaps: this.#gaps,
      starts: this.#starts,
      stops: this.#stops,
      firstMs: this.#events === 0 ? 0 : this.#firstMs,
      lastMs: this.#events === 0 ? 0 : this.#lastMs,
      events: this.#events,
      hasPackets: this.#hasPackets,
      seenBy: [...this.#seenBy],
    }
  }
}

/** The cluster is a part of the outage. */
const holds = (outage: Outage, { fromMs, toMs, ids }: Cluster): boolean =>
  fromMs >= outage.firstEndMs && toMs <= outage.lastEndMs && ids.every(id => outage.ids.includes(id))

/** A client's own log and its broker's are two views of one client. */
const keyOf = ({ seenBy, client = '' }: LogEvent): string => keyNamed(seenBy, client)
const keyNamed = (seenBy: SeenBy, client: string): string => (seenBy === 'client' ? `client ${client}` : client)

const counts = ({ how }: SessionRecord): boolean => TROUBLE.includes(how) && how !== 'taken-over'
