import type { EndHow, LogEvent } from '../logs/event.ts'
import type { Breach } from './keepalive-watch.ts'

/** What a capture showed of one client. Dates are of the capture, in ms; lengths in ms. */
export interface ClientFacts {
  readonly client: string
  readonly sessions: number
  /** As asked for, or imposed; `undefined`: not seen. */
  readonly keepaliveS: number | undefined
  readonly pings: number
  readonly answers: number
  /** PINGREQ to PINGRESP, at the place of the capture. */
  readonly slowestAnswerMs: number
  /** Between two packets of the client's, while it was connected. */
  readonly longestSilenceMs: number
  /** How its connections ended, with who closed first: `fin by broker`. */
  readonly ends: Readonly<Record<string, number>>
  /** How long each of the last connections that ended lived, and how long the client had been silent by then. */
  readonly lastEnds: readonly End[]
  readonly refused: number
  readonly breaches: readonly Counted[]
}

export interface End {
  readonly atMs: number
  readonly packet: number
  readonly how: EndHow
  readonly from: 'client' | 'broker' | undefined
  readonly livedMs: number
  readonly silentMs: number
}

/** A rule that was broken, with the first time. */
export interface Counted extends Omit<Breach, 'client'> {
  readonly times: number
}

export interface AllFacts {
  readonly clients: readonly ClientFacts[]
  /** More than these were seen, and are not told of. */
  readonly unnamed: number
  /** Connections on which nothing was said before they ended. */
  readonly silentSockets: number
}

/** Of clients and of ends of each: more is counted, not kept. */
const MOST_CLIENTS = 10_000
const MOST_ENDS = 20

interface Record_ {
  sessions: number
  keepaliveS: number | undefined
  pings: number
  answers: number
  slowestAnswerMs: number
  longestSilenceMs: number
  ends: Record<string, number>
  lastEnds: End[]
  refused: number
  breaches: Map<string, Counted>
  /** Of the connection at hand. */
  sinceMs: number | undefined
  spokeMs: number | undefined
  askedMs: number | undefined
}

/** Gathers what the events of a capture say of each client, in bounded memory. `only`: of this client alone. */
export class CaptureFacts {
  readonly #only: string | undefined
  readonly #clients = new Map<string, Record_>()
  #unnamed = 0
  #silentSockets = 0

  constructor(only?: string) {
    this.#only = only
  }

  event(event: LogEvent): void {
    const { client, what } = event
    if (client === undefined) {
      if (what === 'end') this.#silentSockets++
      return
    }
    const record = this.#of(client)
    if (!record) return
    if (what === 'connect') connected(record, event)
    else if (what === 'packet') packet(record, event)
    else if (what === 'end') ended(record, event)
    else if (what === 'refused') record.refused++
  }

  breach({ client, ...breach }: Breach): void {
    const breaches = this.#of(client)?.breaches
    const known = breaches?.get(breach.rule)
    breaches?.set(breach.rule, known ? { ...known, times: known.times + 1 } : { ...breach, times: 1 })
  }

  all(): AllFacts {
    const clients = [...this.#clients]
      .filter(([, { sessions, refused, pings }]) => sessions + refused + pings > 0)
      .map(([client, { sinceMs: _, spokeMs: __, askedMs: ___, breaches, ...rest }]) => ({
        client,
        ...rest,
        breaches: [...breaches.values()],
      }))
    return { clients, unnamed: this.#unnamed, silentSockets: this.#silentSockets }
  }

  #of(client: string): Record_ | undefined {
    if (this.#only !== undefined && client !== this.#only) return undefined
    const known = this.#clients.get(client)
    if (known) return known
    if (this.#clients.size >= MOST_CLIENTS) {
      this.#unnamed++
      return undefined
    }
    const record: Record_ = {
      sessions: 0,
      keepaliveS: undefined,
      pings: 0,
      answers: 0,
      slowestAnswerMs: 0,
      longestSilenceMs: 0,
      ends: {},
      lastEnds: [],
      refused: 0,
      breaches: new Map(),
      sinceMs: undefined,
      spokeMs: undefined,
      askedMs: undefined,
    }
    this.#clients.set(client, record)
    return record
  }
}

function connected(record: Record_, { atMs, keepaliveS }: LogEvent): void {
  record.sessions++
  record.keepaliveS = keepaliveS ?? record.keepaliveS
  record.sinceMs = atMs
  record.spokeMs = atMs
  record.askedMs = undefined
}

function packet(record: Record_, { atMs, cmd, flow }: LogEvent): void {
  if (cmd === 'PINGREQ') {
    record.pings++
    record.askedMs = atMs
  }
  if (cmd === 'PINGRESP') {
    record.answers++
    if (record.askedMs !== undefined) record.slowestAnswerMs = Math.max(record.slowestAnswerMs, atMs - record.askedMs)
    record.askedMs = undefined
  }
  if (flow !== 'up') return
  if (record.spokeMs !== undefined) record.longestSilenceMs = Math.max(record.longestSilenceMs, atMs - record.spokeMs)
  record.spokeMs = atMs
}

function ended(record: Record_, { atMs, line, how = 'unknown', from }: LogEvent): void {
  const words = from === undefined ? how : `${how} by ${from}`
  record.ends[words] = (record.ends[words] ?? 0) + 1
  const { sinceMs = atMs, spokeMs = atMs } = record
  record.lastEnds.push({ atMs, packet: line, how, from, livedMs: atMs - sinceMs, silentMs: atMs - spokeMs })
  if (record.lastEnds.length > MOST_ENDS) record.lastEnds.shift()
  record.sinceMs = undefined
  record.spokeMs = undefined
}
