import { type EndHow, type LogEvent, WEBSOCKET_PING } from '../logs/log-event.ts'
import { formatMs } from '../model/duration.ts'
import { harmless } from '../text/harmless.ts'
import type { CaptureReport } from './capture.ts'
import type { Breach } from './keepalive-watch.ts'

/** What a capture showed of one client. Dates are of the capture, in ms; lengths in ms. */
interface ClientFacts {
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

interface End {
  readonly atMs: number
  readonly packet: number
  readonly how: EndHow
  readonly from: 'client' | 'broker' | undefined
  readonly livedMs: number
  readonly silentMs: number
}

/** A rule that was broken, with the first time. */
interface Counted extends Omit<Breach, 'client'> {
  readonly times: number
}

interface AllFacts {
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
  if (cmd === WEBSOCKET_PING) return
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

/** Clients that are told of one by one. */
const MOST_TOLD = 50

/** What a capture says, in lines: what was read, and of each client its pings, ends and broken rules. */
export function captureText(
  report: CaptureReport,
  { clients, unnamed, silentSockets }: AllFacts,
  atLeast: number,
): string {
  const told = clients.slice(0, MOST_TOLD)
  const more = clients.length - told.length + unnamed
  const lines = [
    ...readLines(report),
    ...(silentSockets === 0
      ? []
      : [`${silentSockets} connections ended without a CONNECT: probes of a balancer, or a port scan.`]),
    ...told.flatMap(client => ['', ...clientLines(client, atLeast)]),
    ...(more > 0 ? ['', `${more} more clients; --client-id NAME tells of one.`] : []),
  ]
  return `${lines.map(harmless<string>).join('\n')}\n`
}

function readLines(report: CaptureReport): readonly string[] {
  const { frames, connections, mqtt, tls, webSocket, retransmitted, missingBytes, restBytes, lost } = report
  const { twice, fromMs, toMs } = report
  const wrapped = [tls > 0 ? `${tls} in TLS` : '', webSocket > 0 ? `${webSocket} over WebSocket` : ''].filter(Boolean)
  const span = fromMs === undefined || toMs === undefined ? '' : ` from ${date(fromMs)} to ${date(toMs)} (UTC)`
  return [
    `${frames} packets${span}; ${connections} TCP connections, ${mqtt} with MQTT${wrapped.length > 0 ? ` (${wrapped.join(', ')})` : ''}`,
    ...(retransmitted === 0 ? [] : [`${retransmitted} segments were sent again.`]),
    ...(twice === 0
      ? []
      : [`${twice} segments are in it twice, as where several interfaces are captured; they count once.`]),
    ...cutLines(report),
    ...(missingBytes === 0
      ? []
      : [
          `${missingBytes} bytes are missing (dropped by the capture, or cut by its snaplen): packets in them are not counted.`,
        ]),
    ...(restBytes === 0 ? [] : [`The last ${restBytes} bytes of the file are no whole packet.`]),
    ...tlsLines(report),
    ...[...lost].map(([why, times]) => `${times} connections could not be read to their end: ${why}.`),
  ]
}

/** A snaplen keeps so much of each frame, and of MQTT what is left behind the headers. */
export function cutLines({ cutFrames, cutToBytes, frames }: CaptureReport): readonly string[] {
  return cutFrames === 0
    ? []
    : [
        `${cutFrames} of ${frames} packets were cut to ${cutToBytes} bytes by the capture: tcpdump -s 0 keeps them whole.`,
      ]
}

/** What shows of TLS, and what would show more. */
function tlsLines({ tls, opened, keys }: CaptureReport): readonly string[] {
  if (tls === 0) return []
  const sealed = tls - opened
  const why =
    keys === 0
      ? 'With the keys (--keylog FILE: what a client or broker writes where SSLKEYLOGFILE says; or a pcapng with them, by editcap --inject-secrets) all of it is read.'
      : `The key log has secrets of ${keys} connections, and not of these; or the capture lacks the beginning of the handshake, or they use an older TLS than 1.2.`
  return [
    ...(opened === 0 ? [] : [`${opened} of ${tls} connections in TLS were opened with the key log.`]),
    ...(sealed === 0
      ? []
      : [
          `${sealed === tls ? 'TLS is' : `The other ${sealed} are`} read by sizes and times: a record that holds 2 bytes is taken for a ping or its answer (the last one before a FIN may be a close_notify); client ids and keep-alives do not show. ${why}`,
        ]),
  ]
}

function clientLines(facts: ClientFacts, atLeast: number): readonly string[] {
  const { client, sessions, keepaliveS, pings, answers, slowestAnswerMs, longestSilenceMs, refused, ends } = facts
  const k =
    keepaliveS === undefined ? 'keep-alive not seen' : keepaliveS === 0 ? 'keep-alive off' : `K = ${keepaliveS} s`
  return [
    `${client}: ${k}, ${sessions} ${sessions === 1 ? 'session' : 'sessions'}${refused > 0 ? `, refused ${refused} times` : ''}`,
    `  pings ${pings}, answered ${answers}${answers > 0 ? ` within ${formatMs(Math.round(slowestAnswerMs))}` : ''}; longest silence of the client ${formatMs(Math.round(longestSilenceMs))}`,
    ...(Object.keys(ends).length === 0
      ? []
      : [
          `  ends: ${Object.entries(ends)
            .map(([how, times]) => `${how}${times > 1 ? ` (${times})` : ''}`)
            .join(', ')}`,
        ]),
    ...repeated(facts.lastEnds, atLeast),
    ...facts.breaches.map(breachLine),
  ]
}

/** Ends that came after the same silence each time. */
function repeated(ends: readonly End[], atLeast: number): readonly string[] {
  const cut = ends.filter(({ how }) => how === 'fin' || how === 'rst' || how === 'ping-unanswered' || how === 'closed')
  const [last] = cut.slice(-1)
  if (!last) return []
  if (cut.length < atLeast)
    return [
      `  the last end at ${date(last.atMs)} (packet ${last.packet}): ${formatMs(Math.round(last.silentMs))} after the client's last packet, ${formatMs(Math.round(last.livedMs))} after it connected`,
    ]
  const silences = cut.map(({ silentMs }) => silentMs)
  const lives = cut.map(({ livedMs }) => livedMs)
  return [
    `  ended ${cut.length} times, ${range(silences)} after the client's last packet, ${range(lives)} after it connected`,
  ]
}

const range = (lengths: readonly number[]): string =>
  `${formatMs(Math.round(Math.min(...lengths)))} to ${formatMs(Math.round(Math.max(...lengths)))}`

const breachLine = ({ who, clause, text, times, atMs, number }: Counted): string =>
  `  the ${who} broke ${clause}: ${text} (packet ${number}, ${date(atMs)}${times > 1 ? `; ${times} times` : ''})`

/** `2026-11-22 09:41:50.123`. */
const date = (ms: number): string =>
  Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString().replace('T', ' ').replace('Z', '') : '?'
