import { type Event, isPassing, type PacketName, type WebSocketSummary } from '../../model/event.ts'
import type { Mood } from '../report-model.ts'

export const RESULT_WORDS: Readonly<Record<Mood, string>> = {
  pass: 'passed',
  warning: 'passed with warnings',
  note: 'seen',
  fail: 'failed',
  inconclusive: 'inconclusive',
  unsupported: 'skipped',
  skipped: 'skipped',
}

/** `450 ms`, `11.19 s`, `4 min 05 s`. */
export function duration(ms: number): string {
  const size = Math.abs(ms)
  if (size < 999.5) return `${Math.round(ms)} ms`
  if (size < 120_000) return `${(ms / 1000).toFixed(2)} s`
  const seconds = Math.round(size / 1000)
  const sign = ms < 0 ? '-' : ''
  if (seconds < 7200) return `${sign}${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
  return `${sign}${(seconds / 3600).toFixed(1)} h`
}

export type Unit = 's' | 'K'

/** A moment, counted from `zeroMs`. */
export function moment(atMs: number, zeroMs: number, unit: Unit, keepaliveMs: number): string {
  const ms = atMs - zeroMs
  if (unit === 'K' && keepaliveMs > 0) return `${(ms / keepaliveMs).toFixed(3)}K`
  return `${(ms / 1000).toFixed(Math.abs(ms) < 100_000 ? 4 : 3)} s`
}

/** What a packet is there for: it has one colour and one shape for each. */
export type Family = 'alive' | 'session' | 'message' | 'receipt' | 'topic' | 'data'

const FAMILIES: Readonly<Record<PacketName, Family>> = {
  pingreq: 'alive',
  pingresp: 'alive',
  connect: 'session',
  connack: 'session',
  disconnect: 'session',
  auth: 'session',
  publish: 'message',
  puback: 'receipt',
  pubrec: 'receipt',
  pubrel: 'receipt',
  pubcomp: 'receipt',
  subscribe: 'topic',
  suback: 'topic',
  unsubscribe: 'topic',
  unsuback: 'topic',
}

export const FAMILY_WORDS: Readonly<Record<Family, string>> = {
  alive: 'keep-alive',
  session: 'session',
  message: 'PUBLISH',
  receipt: 'receipt',
  topic: 'subscription',
  data: 'bytes (TLS)',
}

/** Of another dialect the page knows only how names are made: `amqp:heartbeat`, `amqp:connection.open`, `websocket:close`. */
const ALIVE = /:(?:heartbeat|ping|pong)$/
const SESSION = /:(?:connection\.|request$|response$|close$)/
const foreignFamily = (cmd: string): Family => (ALIVE.test(cmd) ? 'alive' : SESSION.test(cmd) ? 'session' : 'message')

export function familyOf(event: Event): Family {
  if (event.what === 'packet') return FAMILIES[event.packet.cmd as PacketName] ?? foreignFamily(event.packet.cmd)
  if (event.what !== 'websocket') return 'data'
  return event.frame.kind === 'ping' || event.frame.kind === 'pong' ? 'alive' : 'session'
}

const FRAME_WORDS: Readonly<Record<WebSocketSummary['kind'], string>> = {
  request: 'HTTP upgrade',
  response: 'HTTP',
  ping: 'WebSocket ping',
  pong: 'WebSocket pong',
  close: 'WebSocket close',
}

/** What happened, in a word or two. */
export function nameOf(event: Event): string {
  if (event.what === 'packet') return event.packet.cmd.toUpperCase()
  if (event.what === 'data') return `${event.bytes} bytes`
  if (event.what === 'websocket') return [FRAME_WORDS[event.frame.kind], event.frame.status].join(' ').trimEnd()
  if (event.what === 'fin' || event.what === 'rst') return `${event.what.toUpperCase()} of ${whose(event.from)}`
  if (event.what === 'close-notify') return `close_notify of ${whose(event.from)}`
  if (event.what === 'open') return 'connection opened'
  if (event.what === 'unsent') return `${event.bytes} bytes stay in its kernel`
  if (event.what === 'undecoded') return event.sealed ?? 'not MQTT'
  return event.what.replaceAll('-', ' ')
}

const whose = (from: string): string => (from === 'fault' ? 'the fault' : `the ${from}`)

/** Where it was seen. */
export function placeOf(event: Event): string {
  if (event.who !== 'link') return event.who === 'client' ? 'application' : event.who
  if (!isPassing(event)) return `${event.edge}'s edge`
  const isSent = (event.flow === 'up') === (event.edge === 'client')
  return `${event.edge}'s edge, ${isSent ? 'sent' : 'arrived'}`
}

/** All that is known of it, name and value. */
export function fieldsOf(event: Event): readonly (readonly [string, string])[] {
  const { atMs: _at, lateMs, who: _who, what: _what, conn, device, ...rest } = event
  const passed = event.what === 'packet' ? event.packet : event.what === 'websocket' ? event.frame : {}
  const own = Object.entries({ ...rest, packet: undefined, frame: undefined, ...passed })
  return [
    ...(conn === undefined ? [] : [['connection', String(conn)] as const]),
    ...(device === undefined ? [] : [['device', String(device)] as const]),
    ...own.flatMap(([name, value]) =>
      value === undefined || name === 'edge' || name === 'flow' ? [] : [[labelOf(name), shown(value)] as const],
    ),
    ...(lateMs === undefined || lateMs < 0.05 ? [] : [['dated late by up to', duration(lateMs)] as const]),
  ]
}

const shown = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value))

/** `keepaliveS` is `keepalive (s)`. */
const labelOf = (name: string): string =>
  name
    .replace(/S$/, ' (s)')
    .replace(/Ms$/, ' (ms)')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase()

/** In one line, for the table and for who hears it read. */
export const detailOf = (event: Event): string =>
  fieldsOf(event)
    .filter(([name]) => name !== 'connection' && name !== 'device' && name !== 'cmd')
    .map(([name, value]) => (name === 'note' ? value : `${name} ${value}`))
    .join(', ')
