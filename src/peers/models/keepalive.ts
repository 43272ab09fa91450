/*
 * The keep-alive of a client, as a state machine without time or sockets of its own. Clients differ in which moment they
 * count from and for how long; the profiles say it as data, and this file is the one engine for all of them.
 */
import { type Cycle, CycleLooks, ExactLooks, type Looks, ROUNDING, ScheduledLooks, TimedLooks } from './looks.ts'

/** What a client may count from. Connecting sets all of them. */
type Moment =
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
interface Due {
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
  /** While it waits for an answer, and need not give up, it sends another PINGREQ; absent: it does not. */
  readonly pingAgain?: Due
  /** What answers a PINGREQ; most clients want the PINGRESP, some take any packet. */
  readonly answer: 'pingresp' | 'any'
  /** How often it looks, counted from connecting; 0 where it wakes exactly when something is due. */
  readonly lookEveryMs: (keepaliveMs: number) => number
  /** Its looks are those of a thread that waits for packets; `lookEveryMs` is the least between two of them. */
  readonly cycle?: Cycle
  /** Its looks are those of a timer that is set anew at each look. */
  readonly scheduled?: true
  /** Only giving up waits for a look; the ping is sent when it is due. */
  readonly pingsBetweenLooks?: true
  /** It looks with `>` at a stamp taken just after the look that pinged, so that a due that falls on a look slips to the next. */
  readonly strict?: true
  /** A PINGREQ counts as something received, so that there is time for its answer. */
  readonly pingStampsReceived?: true
  /** Its clock shows whole seconds (time_t). */
  readonly wholeSeconds?: true
}

type KeepaliveAct = 'ping' | 'give-up'

export class KeepaliveState {
  readonly #rules: KeepaliveRules
  readonly #keepaliveMs: number
  /** What a clock of whole seconds leaves out at moment 0. */
  readonly #phaseMs: number
  readonly #at: Record<Moment, number>
  readonly #looks: Looks
  readonly #exact = new ExactLooks()
  #waiting = false

  constructor(rules: KeepaliveRules, keepaliveMs: number, nowMs: number, phaseMs = 0) {
    this.#rules = rules
    this.#keepaliveMs = keepaliveMs
    this.#phaseMs = phaseMs
    this.#looks = looksOf(rules, keepaliveMs, nowMs)
    this.#at = { sent: nowMs, received: nowMs, ping: nowMs, pingresp: nowMs, 'acknowledged-request': nowMs }
  }

  sent(nowMs: number): void {
    this.#at.sent = nowMs
    this.#looks.wrote(nowMs)
  }

  received(nowMs: number, pingresp: boolean): void {
    this.#at.received = nowMs
    this.#looks.read(nowMs)
    if (pingresp) this.#at.pingresp = nowMs
    if (pingresp || this.#rules.answer === 'any') this.#waiting = false
  }

  /** A request (PUBLISH with QoS, SUBSCRIBE) that was sent then has been acknowledged. */
  acknowledged(sentMs: number): void {
    this.#at['acknowledged-request'] = Math.max(this.#at['acknowledged-request'], sentMs)
  }

  /** What is to be done now. A `ping` counts as sent. */
  look(nowMs: number): KeepaliveAct | undefined {
    const act = this.#actAt(nowMs)
    this.#looking.looked(nowMs, act === 'ping', this.#at.sent)
    if (act === 'ping') this.#pinged(nowMs)
    return act
  }

  /** When it has to look again, if nothing is sent or received before. */
  nextLookMs(nowMs: number): number {
    const { ping, giveUp, pingAgain } = this.#rules
    const dues = this.#waiting ? [giveUp, ...(pingAgain ? [pingAgain] : [])] : [ping]
    const dueMs = Math.min(...dues.map(due => this.#dueMs(due)))
    return Math.max(this.#looking.nextMs(dueMs), nowMs)
  }

  #actAt(nowMs: number): KeepaliveAct | undefined {
    const { ping, giveUp, pingAgain } = this.#rules
    if (!this.#waiting) return this.#reached(ping, nowMs) ? 'ping' : undefined
    if (this.#reached(giveUp, nowMs)) return 'give-up'
    return pingAgain && this.#reached(pingAgain, nowMs) ? 'ping' : undefined
  }

  #pinged(nowMs: number): void {
    this.#waiting = true
    this.#at.ping = nowMs
    this.#at.sent = nowMs
    if (this.#rules.pingStampsReceived) this.#at.received = nowMs
  }

  /** Its looks for what it is waiting for now. */
  get #looking(): Looks {
    return this.#rules.pingsBetweenLooks && !this.#waiting ? this.#exact : this.#looks
  }

  #reached(due: Due, nowMs: number): boolean {
    return this.#rules.strict && this.#waiting ? nowMs > this.#dueMs(due) : nowMs >= this.#dueMs(due)
  }

  #dueMs({ k, ms = 0, mostMs = Number.POSITIVE_INFINITY, after, of }: Due): number {
    const moments = of.map(moment => this.#stamp(this.#at[moment]))
    const since = after === 'earliest' ? Math.min(...moments) : Math.max(...moments)
    return since + Math.min(k * this.#keepaliveMs + ms, mostMs)
  }

  /** As its clock shows it. */
  #stamp(ms: number): number {
    if (!this.#rules.wholeSeconds) return ms
    return Math.floor((ms + this.#phaseMs) / 1000 + ROUNDING) * 1000 - this.#phaseMs
  }
}

function looksOf(rules: KeepaliveRules, keepaliveMs: number, nowMs: number): Looks {
  const { cycle, scheduled, lookEveryMs } = rules
  const everyMs = lookEveryMs(keepaliveMs)
  if (cycle) return new CycleLooks(nowMs, cycle, everyMs)
  if (scheduled) return new ScheduledLooks(nowMs, keepaliveMs)
  return everyMs > 0 ? new TimedLooks(nowMs, everyMs) : new ExactLooks()
}

/** Why a kind that is made of a profile can't be had without one. */
export const NO_PROFILE = {
  reason: 'it is made of a measured profile, and none is given',
  remedy: 'name one in the scenario (profile: FILE); halfopen calibrate writes it',
} as const
