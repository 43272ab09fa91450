/**
 * A switch, an access point or a power supply that fails ends nothing at once: each client is timed out 1.5K after its own last packet
 * ([MQTT-3.1.2-24] of MQTT 3.1.1), so that the ends of one failure lie up to K apart. What they have in common is the moment at which
 * they fell silent. For each time-out that moment lies in a window: between its last packet and the one that was due K later. Where many
 * windows hold one moment, that was the failure.
 */
import { endsAreSteady, isEarly, SCAN_MS } from './clusters.ts'
import type { SessionRecord } from './session-summary.ts'

/** Clients that fell silent together. */
export interface Outage {
  /** Between these two dates. */
  readonly fromMs: number
  readonly toMs: number
  readonly clients: number
  /** How many were connected then. */
  readonly connected: number
  readonly ids: readonly string[]
  /** Between the first and the last of their new connections; `undefined` where too few came back. */
  readonly backWithinMs: number | undefined
  readonly firstEndMs: number
  readonly lastEndMs: number
}

export interface Sessions {
  readonly id: string
  readonly records: readonly SessionRecord[]
  /** Of the connection that is still open. */
  readonly openSinceMs: number | undefined
}

interface Window {
  readonly fromMs: number
  readonly toMs: number
  readonly id: string
  readonly record: SessionRecord
}

const FEWEST = 3
/** Whole logs in which clients that vanish each by itself look like a failure of them all. */
const CHANCE = 0.01
const MOST_OUTAGES = 300
const MOST_IDS = 64

/** Marks the records that ended so. `lengthMs`: of the whole source. */
export function outagesOf(clients: readonly Sessions[], lengthMs: number): readonly Outage[] {
  const windows = clients
    .flatMap(({ id, records }) => records.flatMap(record => windowOf(id, record) ?? []))
    .toSorted((a, b) => a.fromMs - b.fromMs)
  const all = lengthOf(windows)
  const connectedAt = counter(clients)
  const found = groupsOf(windows).flatMap(group => {
    const toMs = Math.min(...group.map(each => each.toMs))
    const outage = outageOf(group, toMs, connectedAt(toMs))
    const others = (all - lengthOf(group)) / Math.max(lengthMs, 60_000)
    const byChance = windows.length * atLeastOf(outage.clients - 1, others)
    return outage.clients >= FEWEST && byChance < CHANCE && outage.clients >= outage.connected / 4
      ? [{ outage, group }]
      : []
  })
  const outages = withoutMoments(found).slice(0, MOST_OUTAGES)
  // What comes at fixed times may be the clients' own schedule, which then competes.
  if (!isScheduled(outages.map(({ outage }) => outage)))
    for (const { group } of outages) for (const { record } of group) record.together = true
  return outages.map(({ outage }) => outage)
}

const lengthOf = (windows: readonly Window[]): number =>
  windows.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)

/** The chance of that many or more where `mean` are expected (Poisson). */
function atLeastOf(count: number, mean: number): number {
  let term = Math.exp(-mean)
  let below = 0
  for (let n = 0; n < count; n++) {
    below += term
    term *= mean / (n + 1)
  }
  return Math.max(0, 1 - below)
}

interface Found {
  readonly outage: Outage
  readonly group: readonly Window[]
}

/** Ends that lie within one second are the broker's doing, or its host's (clusters.ts), unless most others do not. */
function withoutMoments(found: readonly Found[]): readonly Found[] {
  const records = found.flatMap(({ group }) => group.map(({ record }) => record))
  const together = records.filter(each => each.together).length
  if (together < records.length / 2) return found
  return found.filter(({ group }) => group.every(({ record }) => !record.together))
}

/** They come at fixed intervals. */
export function isScheduled(outages: readonly Outage[]): boolean {
  const gaps = outages.slice(1).map(({ toMs }, index) => toMs - (outages[index]?.toMs ?? 0))
  return gaps.length >= 3 && endsAreSteady(gaps)
}

/** When it can have fallen silent; `undefined` where its own path, a box on it or its own silence may be why. */
function windowOf(id: string, record: SessionRecord): Window | undefined {
  const { how, keepaliveS = 0, endMs, fromMs, logged, lagMs, survivedMs } = record
  if (how !== 'timeout' || keepaliveS === 0 || isEarly(record)) return undefined
  const keepaliveMs = 1000 * keepaliveS
  if (logged) {
    // A silence of K was survived, so that none of that length took it away.
    if (lagMs === undefined || survivedMs < 0.95 * keepaliveMs - 1000 || lagMs > 1.5 * keepaliveMs + SCAN_MS)
      return undefined
    return { id, record, fromMs: endMs - lagMs, toMs: Math.min(endMs, endMs - lagMs + keepaliveMs) }
  }
  // Its pings came through for a while.
  if (fromMs === undefined || endMs - fromMs <= 2.5 * keepaliveMs + SCAN_MS) return undefined
  return { id, record, fromMs: endMs - 1.5 * keepaliveMs - SCAN_MS, toMs: endMs - 0.5 * keepaliveMs }
}

/** Windows that all hold one moment. They come in the order of their beginnings. */
function groupsOf(windows: readonly Window[]): readonly (readonly Window[])[] {
  const groups: Window[][] = []
  let endMs = Number.NEGATIVE_INFINITY
  for (const window of windows) {
    const last = groups.at(-1)
    if (last && window.fromMs <= endMs) {
      last.push(window)
      endMs = Math.min(endMs, window.toMs)
    } else {
      groups.push([window])
      endMs = window.toMs
    }
  }
  return groups
}

function outageOf(group: readonly Window[], toMs: number, connected: number): Outage {
  const ids = [...new Set(group.map(({ id }) => id))]
  const backs = group.flatMap(({ record: { endMs, backMs } }) => (backMs === undefined ? [] : [endMs + backMs]))
  return {
    fromMs: Math.min(toMs, Math.max(...group.map(({ fromMs }) => fromMs))),
    toMs,
    clients: ids.length,
    connected: Math.max(connected, ids.length),
    ids: ids.slice(0, MOST_IDS),
    firstEndMs: Math.min(...group.map(({ record }) => record.endMs)),
    lastEndMs: Math.max(...group.map(({ record }) => record.endMs)),
    backWithinMs: backs.length >= FEWEST ? Math.max(...backs) - Math.min(...backs) : undefined,
  }
}

/** How many connections were there at a date. */
function counter(clients: readonly Sessions[]): (atMs: number) => number {
  const records = clients.flatMap(each => each.records).filter(({ fromMs }) => fromMs !== undefined)
  const opened = Float64Array.from([
    ...records.map(({ fromMs = 0 }) => fromMs),
    ...clients.flatMap(({ openSinceMs }) => openSinceMs ?? []),
  ]).toSorted()
  const ended = Float64Array.from(records, ({ endMs }) => endMs).toSorted()
  return atMs => countUntil(opened, atMs) - countUntil(ended, atMs)
}

function countUntil(sorted: Float64Array, atMs: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? 0) <= atMs) low = middle + 1
    else high = middle
  }
  return low
}
