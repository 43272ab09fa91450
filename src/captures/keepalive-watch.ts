import { formatMs, resolveDuration } from '../model/duration.ts'
import type { PacketSummary } from '../model/event.ts'
import type { Flow } from '../model/flow.ts'
import { clause, longestSilence, type Protocol, SERVER_TIMEOUT } from '../timing/spec.ts'
import type { At } from './segment.ts'

/** A rule of the keep-alive that one side broke. */
export interface Breach extends At {
  readonly client: string
  readonly who: 'client' | 'broker'
  /** For counting: the same for all that broke this rule. */
  readonly rule: 'ping-late' | 'ping-unanswered' | 'not-cut'
  /** The clause with its version. */
  readonly clause: string
  readonly text: string
}

export type BreachSink = (breach: Breach) => void

/** How long an answer may take: far longer than any broker that is well, and any path that one would use. */
const ANSWER_MS = 10_000
/** Whole seconds, and a clock that is looked at once a second. */
const SPARE_MS = 1000
/** A client that closes sooner after its PINGREQ did not wait for the answer. */
const LEAST_WAIT_MS = 500

/** Holds one connection against the keep-alive's rules, packet by packet. It keeps a few dates. */
export class KeepaliveWatch {
  readonly #sink: BreachSink
  #protocol: Protocol = 4
  #keepaliveMs = 0
  #client = ''
  #isConnected = false
  /** The client's last packet. */
  #upMs: number | undefined
  #asked: At | undefined
  #isPastDue = false

  constructor(sink: BreachSink) {
    this.#sink = sink
  }

  packet(flow: Flow, packet: PacketSummary, at: At, protocol: Protocol, client: string): void {
    this.#protocol = protocol
    this.#client = client
    if (packet.cmd === 'connect') this.#keepaliveMs = (packet.keepaliveS ?? 0) * 1000
    if (packet.cmd === 'connack') {
      this.#isConnected = (packet.code ?? 0) === 0
      if (packet.serverKeepAliveS !== undefined) this.#keepaliveMs = packet.serverKeepAliveS * 1000
    }
    this.#check(at)
    if (packet.cmd === 'pingreq') this.#asked = at
    if (packet.cmd === 'pingresp') this.#asked = undefined
    if (flow === 'up') this.#spoke(at)
  }

  /** Of TLS: no keep-alive is known, so that only answers are watched. */
  record(flow: Flow, cmd: string, at: At, client: string): void {
    this.#client = client
    this.#isConnected = true
    this.#check(at)
    if (cmd === 'PINGREQ') this.#asked = at
    else if (flow === 'down') this.#asked = undefined
  }

  /** What was not captured may have been anything. */
  gap(): void {
    this.#upMs = undefined
    this.#asked = undefined
    this.#isPastDue = false
  }

  /** It ended; whether the client gave up, since its PINGREQ was not answered. `said`: a DISCONNECT, or a take-over, explains it. */
  ended(from: 'client' | 'broker', said: boolean, at: At): boolean {
    this.#check(at)
    const asked = this.#asked
    const waitedMs = asked && this.#isConnected ? at.atMs - asked.atMs : 0
    this.#isConnected = false
    if (!asked || from === 'broker' || said || waitedMs < LEAST_WAIT_MS) return false
    this.#unanswered(asked, `in the ${formatMs(Math.round(waitedMs))} until the client gave up`)
    return true
  }

  /** The capture stopped. */
  stopped(at: At): void {
    this.#check(at)
  }

  #spoke(at: At): void {
    const silentMs = this.#silentMs(at)
    const allowedMs = resolveDuration(longestSilence(this.#keepaliveMs), this.#keepaliveMs)
    if (silentMs !== undefined && silentMs > allowedMs)
      this.#tell(
        at,
        'client',
        'ping-late',
        clause('clientPings', this.#protocol),
        `it was silent for ${formatMs(Math.round(silentMs))}, where K = ${formatMs(this.#keepaliveMs)}`,
      )
    this.#upMs = at.atMs
    this.#isPastDue = false
  }

  #check(at: At): void {
    const silentMs = this.#silentMs(at)
    if (
      silentMs !== undefined &&
      !this.#isPastDue &&
      silentMs > resolveDuration(SERVER_TIMEOUT, this.#keepaliveMs) + SPARE_MS
    ) {
      this.#isPastDue = true
      this.#tell(
        at,
        'broker',
        'not-cut',
        clause('serverDrops', this.#protocol),
        `it kept a client that was silent for ${formatMs(Math.round(silentMs))}, where 1.5K = ${formatMs(1.5 * this.#keepaliveMs)}`,
      )
    }
    if (this.#asked && this.#isConnected && at.atMs - this.#asked.atMs > ANSWER_MS) {
      this.#unanswered(this.#asked, `within ${formatMs(ANSWER_MS)}`)
      this.#asked = undefined
    }
  }

  #unanswered(asked: At, when: string): void {
    const text = `it did not answer a PINGREQ ${when}, or the answer did not pass here`
    this.#tell(asked, 'broker', 'ping-unanswered', clause('pingAnswered', this.#protocol), text)
  }

  /** `undefined`: it is not counted, or what went before is not known. */
  #silentMs({ atMs }: At): number | undefined {
    if (!this.#isConnected || this.#keepaliveMs === 0 || this.#upMs === undefined) return undefined
    return atMs - this.#upMs
  }

  #tell(at: At, who: Breach['who'], rule: Breach['rule'], rules: string, text: string): void {
    this.#sink({ atMs: at.atMs, number: at.number, client: this.#client, who, rule, clause: rules, text })
  }
}
