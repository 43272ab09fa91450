/**
 * Whether the scenario was played as it is written. Where halfopen itself was not let run (a busy machine, Ctrl-Z, a closed lid), faults and
 * messages come late, and what the peers do then is the answer to another question.
 */

import { wireOf } from '../dialects/index.ts'
import { type Standstill, standstillsOf, stoodStillMs } from '../evidence/lateness.ts'
import { resolveDuration } from '../model/duration.ts'
import type { Event } from '../model/event.ts'
import type { Evidence } from '../model/evidence.ts'
import { groupBy } from '../text/median.ts'
import { seconds } from '../text/words.ts'
import { turnMs } from '../timing/tolerance.ts'

/** So late a fault or a message is another scenario: a part of K, and no less than what a scheduler may take. */
const LATE_K = 1 / 4
const LATE_MS = 250

/** Each departure as a sentence; empty where all was as written. */
export function departures({ header, events }: Evidence): readonly string[] {
  const { scenario } = header
  const keepaliveMs = keepaliveIn(events) ?? scenario.client.keepaliveS * 1000
  const slackMs = header.speed === undefined ? 0 : header.labResolutionMs
  const leastMs = turnMs(LATE_MS, { slackMs })
  const allowedMs = Math.max(leastMs, keepaliveMs * LATE_K)
  const standstills = standstillsOf(events)
  const faults = scenario.timeline.flatMap(({ at, for: lasting, fault }, i) => {
    const name = `${fault.name}#${i}`
    const dateOf = (what: 'fault-asked' | 'fault-lifted') =>
      events.find(event => event.what === what && event.fault === name)?.atMs
    const askedMs = dateOf('fault-asked')
    const dueMs = resolveDuration(at, keepaliveMs)
    const lateMs = askedMs === undefined ? 0 : askedMs - dueMs
    if (lateMs > allowedMs) return [`halfopen was not let run and gave ${name} ${seconds(lateMs)} late`]
    const liftedMs = dateOf('fault-lifted')
    if (lasting === undefined || liftedMs === undefined) return []
    // A broker may take its time to come back: only what halfopen itself stood still for counts.
    const untilMs = dueMs + resolveDuration(lasting, keepaliveMs)
    const longerMs = Math.min(liftedMs - untilMs, stoodStillMs(standstills, 'harness', untilMs, liftedMs))
    return longerMs > allowedMs ? [`halfopen was not let run and lifted ${name} ${seconds(longerMs)} late`] : []
  })
  return [...faults, ...lateMessages(streamsOf(scenario.client.traffic, keepaliveMs), events, { leastMs, allowedMs })]
}

interface Stream {
  readonly flow: 'up' | 'down'
  readonly everyMs: number
}

const streamsOf = (
  { publishing, receiving }: Evidence['header']['scenario']['client']['traffic'],
  keepaliveMs: number,
): readonly Stream[] => [
  ...(publishing ? [{ flow: 'up' as const, everyMs: resolveDuration(publishing.every, keepaliveMs) }] : []),
  ...(receiving ? [{ flow: 'down' as const, everyMs: resolveDuration(receiving.every, keepaliveMs) }] : []),
]

/**
 * Messages are handed over at fixed moments of their own, by device: the earliest of them, counted back by its number, tells when the first
 * was due. One is late where halfopen stood still between its moment and then; more than two intervals are another stream of messages. So
 * is one that ends long before the run, as halfopen stood still for most of the rest.
 */
function lateMessages(
  streams: readonly Stream[],
  events: readonly Event[],
  { leastMs, allowedMs }: { readonly leastMs: number; readonly allowedMs: number },
): readonly string[] {
  const standstills = standstillsOf(events)
  const readyMs = readyIn(events)
  const endMs = events.at(-1)?.atMs ?? 0
  return streams.flatMap(({ flow, everyMs }) => {
    const mostMs = Math.min(allowedMs, Math.max(leastMs, 2 * everyMs))
    const messages = events.flatMap(event =>
      event.what === 'published' && event.flow === flow && event.seq !== undefined
        ? [{ device: event.device ?? 1, atMs: event.atMs, dueMs: event.seq * everyMs }]
        : [],
    )
    const byDevice = new Map(groupBy(messages, ({ device }) => device))
    const devices = [...readyMs].map(([device, atMs]) =>
      missingMs(byDevice.get(device) ?? [], { everyMs, atMs, endMs }),
    )
    const missing = devices.find(fromMs => endMs - fromMs > mostMs && isMostlyStill(standstills, fromMs, endMs))
    if (missing !== undefined)
      return [
        `halfopen was not let run and did not hand over a message that was due ${seconds(endMs - missing)} before the end`,
      ]
    const worstMs = [...byDevice.values()].reduce((worst, own) => {
      const fromMs = startOf(own)
      return own.reduce((most, { atMs, dueMs }) => {
        const lateMs = atMs - fromMs - dueMs
        if (lateMs <= Math.max(most, mostMs)) return most
        return Math.max(most, Math.min(lateMs, stoodStillMs(standstills, 'harness', fromMs + dueMs, atMs)))
      }, worst)
    }, 0)
    return worstMs > mostMs ? [`halfopen was not let run and handed over a message ${seconds(worstMs)} late`] : []
  })
}

interface HandedOver {
  readonly atMs: number
  /** Since its stream began. */
  readonly dueMs: number
}

const startOf = (own: readonly HandedOver[]): number =>
  own.reduce((least, { atMs, dueMs }) => Math.min(least, atMs - dueMs), Number.POSITIVE_INFINITY)

/** When the first message was due that a device's stream has not; a stream without any began when the device was ready, or later. */
function missingMs(
  own: readonly HandedOver[],
  { everyMs, atMs, endMs }: { readonly everyMs: number; readonly atMs: number; readonly endMs: number },
): number {
  if (everyMs <= 0) return endMs
  const fromMs = own.length === 0 ? atMs : startOf(own)
  return fromMs + own.reduce((most, { dueMs }) => Math.max(most, dueMs), 0) + everyMs
}

/** Something else than a standstill may end a stream: its client's program, for one. */
const isMostlyStill = (standstills: readonly Standstill[], fromMs: number, toMs: number): boolean =>
  stoodStillMs(standstills, 'harness', fromMs, toMs) > (toMs - fromMs) / 2

/** When each device was first accepted. */
function readyIn(events: readonly Event[]): ReadonlyMap<number, number> {
  const ready = new Map<number, number>()
  for (const event of events) {
    const { device = 1, atMs } = event
    const isReady =
      event.what === 'packet'
        ? event.edge === 'client' && wireOf(event.packet).accepts(event.packet)
        : isToldConnected(event)
    if (isReady && !ready.has(device)) ready.set(device, atMs)
  }
  return ready
}

const isToldConnected = (event: Event): boolean => event.who === 'client' && event.what === 'connected'

/** MQTT 5.0 §3.2.2.3.14: a Server Keep Alive takes the place of the client's, also in units of K. */
function keepaliveIn(events: readonly Event[]): number | undefined {
  for (const event of events) {
    const imposedS =
      event.what === 'packet'
        ? event.packet.serverKeepAliveS
        : event.who === 'client'
          ? event.serverKeepAliveS
          : undefined
    if (imposedS !== undefined) return imposedS * 1000
  }
  return undefined
}
