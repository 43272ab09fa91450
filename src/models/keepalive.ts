/*
 * The keep-alive of a client, as a state machine without time or sockets of its own. Clients differ in which moment they
 * count from and for how long; the profiles say it as data, and this file is the one engine for all of them.
 */

/** What a client may count from. Connecting sets all of them. */
export type Moment =
  /** The last packet written, PINGREQ included. */
  | 'sent'
  /** The last packet read. */
  | 'received'
  /** The last PINGREQ. */
  | 'ping'
  /** The last PINGRESP. */
  | 'pingresp'
  /** When the last request that has been acknowledged was sent. */
  | 'acknowledged-request'

/** `k` keep-alives and `ms` after the moments of `of`: after the `earliest` or the `latest` of them. */
export interface Due {
  readonly k: number
  readonly ms?: number
  /** The delay itself is never longer than this. */
  readonly mostMs?: number
  readonly after: 'earliest' | 'latest'
  readonly of: readonly Moment[]
}

export interface KeepaliveRules {
  readonly ping: Due
  /** With a PINGREQ unanswered for this long, it closes. */
  readonly giveUp: Due
  /** What answers a PINGREQ; most clients want the PINGRESP, some take any packet. */
  readonly answer: 'pingresp' | 'any'
  /** How often it looks, counted from connecting; 0 where it wakes exactly when something is due. */
  readonly lookEveryMs: (keepaliveMs: number) => number
  /** Only giving up waits for a look; the ping is sent when it is due. */
  readonly pingsBetweenLooks?: true
  /** It looks with `>` at a stamp taken just after the look that pinged, so that a due that falls on a look slips to the next. */
  readonly strict?: true
}

/** Times are sums of fractions of milliseconds; a whole number of looks must not be missed by a rounding error. */
const ROUNDING = 1e-9

export type KeepaliveAct = 'ping' | 'give-up'

export class KeepaliveState {
  readonly #rules: KeepaliveRules
  readonly #keepaliveMs: number
  readonly #connectedMs: number
  readonly #at: Record<Moment, number>
  #waiting = false
  /** How many looks are behind it, also those that were skipped. */
  #looksDone = 0

  constructor(rules: KeepaliveRules, keepaliveMs: number, nowMs: number) {
    this.#rules = rules
    this.#keepaliveMs = keepaliveMs
    this.#connectedMs = nowMs
    this.#at = { sent: nowMs, received: nowMs, ping: nowMs, pingresp: nowMs, 'acknowledged-request': nowMs }
  }

  sent(nowMs: number): void {
    this.#at.sent = nowMs
  }

  received(nowMs: number, pingresp: boolean): void {
    this.#at.received = nowMs
    if (pingresp) this.#at.pingresp = nowMs
    if (pingresp || this.#rules.answer === 'any') this.#waiting = false
  }

  /** A request (PUBLISH with QoS, SUBSCRIBE) that was sent then has been acknowledged. */
  acknowledged(sentMs: number): void {
    this.#at['acknowledged-request'] = Math.max(this.#at['acknowledged-request'], sentMs)
  }

  pinged(nowMs: number): void {
    this.#waiting = true
    this.#at.ping = nowMs
    this.#at.sent = nowMs
    // Paho Python and libmosquitto set both stamps; the others of the `earliest` kind look at neither while they wait.
    this.#at.received = Math.max(this.#at.received, this.#rules.answer === 'any' ? 0 : nowMs)
  }

  /** What is to be done now. */
  look(nowMs: number): KeepaliveAct | undefined {
    const everyMs = this.#everyMs()
    if (everyMs > 0) this.#looksDone = Math.floor((nowMs - this.#connectedMs) / everyMs + ROUNDING)
    if (this.#waiting) return this.#reached(this.#rules.giveUp, nowMs) ? 'give-up' : undefined
    return this.#reached(this.#rules.ping, nowMs) ? 'ping' : undefined
  }

  /** When it has to look again, if nothing is sent or received before. */
  nextLookMs(nowMs: number): number {
    const dueMs = this.#dueMs(this.#waiting ? this.#rules.giveUp : this.#rules.ping)
    const everyMs = this.#everyMs()
    if (everyMs === 0) return Math.max(dueMs, nowMs)
    // Looks that would find nothing are skipped. One that is due this moment is not, though something else happens first.
    const looksUntilDue = Math.ceil((dueMs - this.#connectedMs) / everyMs - ROUNDING)
    return this.#connectedMs + Math.max(this.#looksDone + 1, looksUntilDue) * everyMs
  }

  /** How often it looks for what it is waiting for now. */
  #everyMs(): number {
    const { pingsBetweenLooks, lookEveryMs } = this.#rules
    return pingsBetweenLooks && !this.#waiting ? 0 : lookEveryMs(this.#keepaliveMs)
  }

  #reached(due: Due, nowMs: number): boolean {
    return this.#rules.strict && this.#waiting ? nowMs > this.#dueMs(due) : nowMs >= this.#dueMs(due)
  }

  #dueMs({ k, ms = 0, mostMs = Number.POSITIVE_INFINITY, after, of }: Due): number {
    const moments = of.map(moment => this.#at[moment])
    const since = after === 'earliest' ? Math.min(...moments) : Math.max(...moments)
    return since + Math.min(k * this.#keepaliveMs + ms, mostMs)
  }
}
