import type { EndHow, LogEvent, SeenBy } from '../logs/log-event.ts'
import { ipOf, LazyTotals, NOBODY_LISTENS, OpenSession, type SessionRecord, type Totals } from './session-summary.ts'

/** The kinds of an end that somebody would complain of. */
export const TROUBLE: readonly EndHow[] = ['timeout', 'closed', 'fin', 'rst', 'taken-over', 'ping-unanswered', 'error']

const IS_TROUBLE: ReadonlySet<EndHow> = new Set(TROUBLE)

/** How many connections of one client are kept each with its own figures; of more, a fair choice is. */
const MOST_RECORDS = 256

/** What a source says of one client. */
export interface ClientSummary extends Totals {
  readonly id: string
  readonly seenBy: SeenBy
  readonly connects: number
  readonly ends: Readonly<Record<EndHow, number>>
  /** In the order of their ends. At most 256. */
  readonly records: readonly SessionRecord[]
  readonly firstMs: number
  readonly lastMs: number
  /** How often from each address. */
  readonly ips: ReadonlyMap<string, number>
  readonly refusals: ReadonlyMap<string, number>
  readonly webSocket: boolean
  /** Of its latest connection that told one. */
  readonly keepaliveS: number | undefined
  /** The connection that is still open at the end of the source. */
  readonly openForMs: number | undefined
}

const noEnds = (): Record<EndHow, number> => ({
  timeout: 0,
  closed: 0,
  fin: 0,
  rst: 0,
  disconnect: 0,
  'taken-over': 0,
  'ping-unanswered': 0,
  error: 0,
  broker: 0,
  unknown: 0,
})

/** The same end is often told twice, in two lines. */
const TWICE_MS = 2000

/** How soon a client tries again. */
const AWAY_MS = 60_000

/** One client while its source is read. */
export class ClientTrack {
  readonly id: string
  readonly seenBy: SeenBy
  readonly totals: Totals = new LazyTotals()
  readonly ends = noEnds()
  /** Made with the first value, as for `ips`: of hundreds of thousands of clients most have none, or one. */
  #refusals: Map<string, number> | undefined
  #ips: Map<string, number> | undefined
  #onlyIp: string | undefined
  #onlyIpTimes = 0
  records: SessionRecord[] = []
  open: OpenSession | undefined
  connects = 0
  troubles = 0
  firstMs: number
  lastMs: number
  webSocket = false
  keepaliveS: number | undefined
  #last: SessionRecord | undefined
  #dropped = 0

  constructor(id: string, { seenBy, atMs }: LogEvent) {
    this.id = id
    this.seenBy = seenBy
    this.firstMs = atMs
    this.lastMs = atMs
  }

  connect(event: LogEvent): void {
    // Nothing was logged of how the one before ended.
    if (this.open) this.#close({ ...event, how: 'unknown' })
    this.connects++
    this.webSocket ||= event.webSocket === true
    this.keepaliveS = event.keepaliveS ?? this.keepaliveS
    this.open = new OpenSession(event, this.totals)
    const { ip } = this.open
    if (ip !== undefined) this.#cameFrom(ip)
    const last = this.#last
    if (!last) return
    last.backMs ??= Math.max(0, event.atMs - last.endMs)
    if (last.fromMs !== undefined) last.periodMs ??= event.atMs - last.fromMs
    last.nextIp ??= ip
  }

  /** The source begins while it is connected. */
  found(event: LogEvent): void {
    this.open = new OpenSession(event, this.totals, true)
  }

  /** What the source has of it so far does not belong to what comes now: the beginning of that is not known. */
  foundAgain(event: LogEvent): void {
    const { keepaliveS } = this
    this.found(keepaliveS === undefined ? event : { ...event, keepaliveS })
  }

  /** The record of it; `undefined` where the same end was told before. */
  end(event: LogEvent): SessionRecord | undefined {
    if (!this.open && this.#last && event.atMs - this.#last.endMs <= TWICE_MS) return undefined
    // Mosquitto 1.x says `disconnected.` of the session that a new connection takes over, hours after the connection ended.
    if (!this.open && this.#last && this.connects > 0 && event.how === 'disconnect') return undefined
    this.keepaliveS ??= event.keepaliveS
    return this.#close(event)
  }

  refused({ reason = 'refused', atMs }: LogEvent): void {
    if (this.#last && NOBODY_LISTENS.test(reason) && atMs - this.#last.endMs <= AWAY_MS) this.#last.brokerAway = true
    this.#refusals ??= new Map()
    if (this.#refusals.has(reason) || this.#refusals.size < 16)
      this.#refusals.set(reason, (this.#refusals.get(reason) ?? 0) + 1)
  }

  #cameFrom(ip: string): void {
    this.#onlyIp ??= ip
    if (!this.#ips && ip === this.#onlyIp) {
      this.#onlyIpTimes++
      return
    }
    this.#ips ??= new Map([[this.#onlyIp, this.#onlyIpTimes]])
    if (this.#ips.has(ip) || this.#ips.size < 16) this.#ips.set(ip, (this.#ips.get(ip) ?? 0) + 1)
  }

  #allIps(): ReadonlyMap<string, number> {
    if (this.#ips) return this.#ips
    return new Map(this.#onlyIp === undefined ? [] : [[this.#onlyIp, this.#onlyIpTimes]])
  }

  /** What is still open is given up: its end is not in the source. */
  forget(): void {
    this.open = undefined
    this.#last = undefined
  }

  #close(event: LogEvent): SessionRecord {
    const record = this.open?.ended(event, this.#last?.endMs) ?? orphan(event, this.#last?.endMs)
    this.open = undefined
    this.#last = record
    this.ends[record.how]++
    if (IS_TROUBLE.has(record.how)) this.troubles++
    this.#keep(record)
    return record
  }

  /** The first half, and the latest of the rest: a choice that depends on nothing but the order. */
  #keep(record: SessionRecord): void {
    this.records.push(record)
    if (this.records.length <= MOST_RECORDS) return
    this.records.splice(MOST_RECORDS / 2 + (this.#dropped++ % (MOST_RECORDS / 4)), 1)
  }

  summary(endMs: number): ClientSummary {
    return {
      id: this.id,
      seenBy: this.seenBy,
      connects: this.connects,
      ends: this.ends,
      records: this.records,
      firstMs: this.firstMs,
      lastMs: this.lastMs,
      ips: this.#allIps(),
      refusals: this.#refusals ?? new Map(),
      webSocket: this.webSocket,
      keepaliveS: this.keepaliveS,
      openForMs: this.open?.fromMs === undefined ? undefined : endMs - this.open.fromMs,
      survived: this.totals.survived,
      pingGaps: this.totals.pingGaps,
      upGaps: this.totals.upGaps,
      lateAcks: this.totals.lateAcks,
    }
  }
}

/** An end whose beginning the source does not have. */
function orphan(
  { atMs, how = 'unknown', address, keepaliveS, from, reason }: LogEvent,
  lastEndMs: number | undefined,
): SessionRecord {
  return {
    fromMs: undefined,
    endMs: atMs,
    how,
    keepaliveS,
    ip: address === undefined ? undefined : ipOf(address),
    logged: false,
    ups: 0,
    downs: 0,
    pings: 0,
    lagMs: undefined,
    silentMs: undefined,
    survivedMs: 0,
    tailGapMs: undefined,
    spokeAfterMs: undefined,
    unansweredAfterMs: undefined,
    backMs: undefined,
    periodMs: undefined,
    endPeriodMs: lastEndMs === undefined ? undefined : atMs - lastEndMs,
    nextIp: undefined,
    brokerAway: false,
    together: false,
    from,
    reason,
  }
}
