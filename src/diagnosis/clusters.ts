import type { SessionRecord } from './session-summary.ts'
import { isSteady, spreadOf } from './tally.ts'

/** Many clients that ended within a moment. */
export interface Cluster {
  readonly fromMs: number
  readonly toMs: number
  readonly clients: number
  /** How many were connected just before. */
  readonly connected: number
  /** Of the time-outs: those that came sooner than 1.5K allows. */
  readonly early: number
  /** Of the time-outs: those that came later than a broker that runs would let them. */
  readonly late: number
  /** Of the time-outs: those that came when the client's own silence had lasted 1.5K. */
  readonly explained: number
  readonly timeouts: number
  /** Between the client's last packet and the end, where packets are logged. */
  readonly lagsMs: readonly number[]
  readonly ids: readonly string[]
  /** That many at once are neither chance, nor explained by each client's own silence. */
  readonly common: boolean
}

const FEWEST = 3
const WITHIN_MS = 2500
const MOST_CLUSTERS = 300
const MOST_EACH = 64
/** Mosquitto before 2.0.21 looks every 6 s (v2.0.11 src/keepalive.c keepalive__check), and logs have whole seconds. */
export const SCAN_MS = 10_000

interface Member {
  readonly id: string
  readonly record: SessionRecord
}

interface Moment {
  readonly members: readonly Member[]
  readonly clients: number
  readonly connected: number
}

/** Collects ends that lie close together, whichever clients they are of. */
export class Clusters {
  readonly #moments: Moment[] = []
  #members: Member[] = []
  #ids = new Set<string>()
  #fromMs = Number.NEGATIVE_INFINITY
  #connected = 0
  #ends = 0

  /** `connected`: clients that were connected before this end. */
  add(id: string, record: SessionRecord, connected: number): void {
    if (record.endMs - this.#fromMs > WITHIN_MS || record.endMs < this.#fromMs) {
      this.#close()
      this.#connected = connected
      this.#fromMs = record.endMs
    }
    this.#ends++
    this.#ids.add(id)
    if (this.#members.length < MOST_EACH) this.#members.push({ id, record })
  }

  /** `lengthMs`: of the whole source. Marks the records that ended together by a common cause. */
  finish(lengthMs: number): readonly Cluster[] {
    this.#close()
    const chance = (this.#ends * WITHIN_MS) / Math.max(lengthMs, 60_000)
    return this.#moments.map(moment => {
      const cluster = clusterOf(moment, chance)
      if (cluster.common) for (const { record } of moment.members) record.together = true
      return cluster
    })
  }

  #close(): void {
    if (this.#ids.size >= FEWEST && this.#moments.length < MOST_CLUSTERS)
      this.#moments.push({ members: this.#members, clients: this.#ids.size, connected: this.#connected })
    this.#members = []
    this.#ids = new Set()
  }
}

function clusterOf({ members, clients, connected }: Moment, chance: number): Cluster {
  const dates = members.map(({ record }) => record.endMs)
  const ids = [...new Set(members.map(({ id }) => id))]
  const scale = clients / Math.max(1, ids.length)
  const many = (test: (record: SessionRecord) => boolean) =>
    Math.round(members.filter(({ record }) => test(record)).length * scale)
  const explained = many(isExplained)
  const early = many(isEarly)
  const late = many(isLate)
  const most = Math.max(connected, clients)
  return {
    fromMs: Math.min(...dates),
    toMs: Math.max(...dates),
    clients,
    connected: most,
    early,
    late,
    explained,
    timeouts: many(({ how }) => how === 'timeout'),
    lagsMs: members.flatMap(({ record }) => record.lagMs ?? []),
    ids,
    common: clients >= Math.max(FEWEST, 2 + 6 * chance) && clients >= most / 4 && explained < 0.7 * clients,
  }
}

/** Since the last packet, or since CONNECT where packets are not logged: then the client said nothing at all. */
const sinceMs = ({ lagMs, fromMs, endMs }: SessionRecord): number | undefined =>
  lagMs ?? (fromMs === undefined ? undefined : endMs - fromMs)

/** Sooner than any broker may: [MQTT-3.1.2-24] of 3.1.1, [MQTT-3.1.2-22] of 5.0. Whole seconds are rounded both ways. */
export function isEarly(record: SessionRecord): boolean {
  const since = sinceMs(record)
  if (record.how !== 'timeout' || since === undefined || !record.keepaliveS) return false
  return since < 1500 * record.keepaliveS - earlySlackMs(record.keepaliveS)
}

export const earlySlackMs = (keepaliveS: number): number => Math.max(2000, 75 * keepaliveS)

function isLate({ how, lagMs, keepaliveS }: SessionRecord): boolean {
  return how === 'timeout' && lagMs !== undefined && !!keepaliveS && lagMs > 1500 * keepaliveS + SCAN_MS
}

function isExplained(record: SessionRecord): boolean {
  const since = sinceMs(record)
  if (record.how !== 'timeout' || since === undefined || !record.keepaliveS) return false
  const least = 1500 * record.keepaliveS
  return since >= least - earlySlackMs(record.keepaliveS) && since <= least + SCAN_MS
}

/**
 * From one end to the next, of a client that comes at fixed intervals: the scan is late for one of them or for the other, and not by a
 * large part of the interval.
 */
export function endsAreSteady(periods: readonly number[]): boolean {
  const medianMs = spreadOf(periods)?.medianMs ?? 0
  return isSteady(periods, 0.03, Math.max(4000, Math.min(2 * SCAN_MS, 0.1 * medianMs)))
}
