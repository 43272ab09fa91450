import { type EndHow, type LogEvent, type SeenBy, WEBSOCKET_PING } from '../logs/log-event.ts'
import { AckWatch, AT_ONCE_MS, LATE_MS, type LateAcks, noAcks } from './ack-watch.ts'
import { Tally } from './tally.ts'

/** One connection of one client that is over. Lengths are in milliseconds. */
export interface SessionRecord {
  /** `undefined`: the source tells of its end only. */
  readonly fromMs: number | undefined
  readonly endMs: number
  readonly how: EndHow
  readonly keepaliveS: number | undefined
  /** Without the port. */
  readonly ip: string | undefined
  /** Whether the source has this connection's packets at all. */
  readonly logged: boolean
  readonly ups: number
  readonly downs: number
  readonly pings: number
  /** Between the last packet of the client (its CONNECT, where there is no other) and the end. */
  readonly lagMs: number | undefined
  /** The same for the last packet of either. */
  readonly silentMs: number | undefined
  /** The longest silence of both in which something still came from the client afterwards. */
  readonly survivedMs: number
  /** After the client's last packet: the longest silence of both until the end; short where the broker went on sending. */
  readonly tailGapMs: number | undefined
  /** The broker spoke into a silence of that length, and that was the end of it. */
  readonly spokeAfterMs: number | undefined
  /** The client spoke into a silence of that length, and nothing answered; known where the source is not the broker's. */
  readonly unansweredAfterMs: number | undefined
  /** Until this client's next connection; filled in when that comes. */
  backMs: number | undefined
  /** From this connection to the next one of this client. */
  periodMs: number | undefined
  /** From the end before to this one. */
  readonly endPeriodMs: number | undefined
  /** The address of the connection that took its place, where one did. */
  nextIp: string | undefined
  /** The client's next attempt found no broker: its port was closed. */
  brokerAway: boolean
  /** It was one of many that ended at the same moment, and its own time-out does not explain that. */
  together: boolean
  readonly from: 'client' | 'broker' | undefined
  readonly reason: string | undefined
}

/** What all connections of a client have together; grows with none of them. */
export interface Totals {
  /** Silences of both that something came from the client after. */
  readonly survived: Tally
  /** Between two packets of the client, where the second is a PINGREQ. */
  readonly pingGaps: Tally
  readonly upGaps: Tally
  readonly lateAcks: LateAcks
}

/** Each is made when it is first asked for: most clients of a large log have nothing to put there. */
export class LazyTotals implements Totals {
  #survived: Tally | undefined
  #pingGaps: Tally | undefined
  #upGaps: Tally | undefined
  #lateAcks: LateAcks | undefined

  get survived(): Tally {
    this.#survived ??= new Tally()
    return this.#survived
  }

  get pingGaps(): Tally {
    this.#pingGaps ??= new Tally()
    return this.#pingGaps
  }

  get upGaps(): Tally {
    this.#upGaps ??= new Tally()
    return this.#upGaps
  }

  get lateAcks(): LateAcks {
    this.#lateAcks ??= noAcks()
    return this.#lateAcks
  }
}

const BROKEN_MS = 300_000

/** No process has the port: ECONNREFUSED of POSIX, in the words of Node, Python, Go, Java and .NET. */
export const NOBODY_LISTENS = /ECONNREFUSED|\berrno 111\b|connection refused$|actively refused/i

/** A connection that is not over yet. */
export class OpenSession {
  /** `undefined`: the source begins later. */
  readonly fromMs: number | undefined
  readonly keepaliveS: number | undefined
  readonly ip: string | undefined
  readonly address: string | undefined
  readonly #totals: Totals
  #ups = 0
  #downs = 0
  #pings = 0
  #logged = false
  #lastUpMs: number
  #lastMs: number
  #survivedMs = 0
  #tailGapMs = 0
  #spokeAfterMs: number | undefined
  #spokeMs = 0
  #acks: AckWatch | undefined
  saidGoodbye = false
  /** A PINGREQ that nothing has answered yet. */
  #asked = false
  /** Whose words these are. All but the broker's own log tell that a packet was sent, and not that it arrived. */
  readonly #seenBy: SeenBy
  /** The longest silence that the client spoke into, with nothing from the broker since. */
  #unproven: { readonly quietMs: number; readonly sentMs: number } | undefined

  constructor(event: LogEvent, totals: Totals, isCut = false) {
    this.#seenBy = event.seenBy
    this.fromMs = isCut ? undefined : event.atMs
    this.keepaliveS = event.keepaliveS
    this.address = event.address
    this.ip = event.address === undefined ? undefined : ipOf(event.address)
    this.#totals = totals
    this.#lastUpMs = event.atMs
    this.#lastMs = event.atMs
  }

  get lastUpMs(): number {
    return this.#lastUpMs
  }

  /** Whether packets of it were seen. */
  get logged(): boolean {
    return this.#logged
  }

  /**
   * The client goes on after a silence that no broker lets pass ([MQTT-3.1.2-24] of MQTT 3.1.1, and the largest multiplier that brokers
   * offer): the source has lost lines, or its clock was set. What lies before is another session then.
   */
  isBroken({ atMs, flow }: LogEvent): boolean {
    const { keepaliveS = 0 } = this
    return (
      this.#seenBy === 'broker' &&
      flow === 'up' &&
      keepaliveS > 0 &&
      atMs - this.#lastUpMs > 3000 * keepaliveS + BROKEN_MS
    )
  }

  packet(event: LogEvent): void {
    this.#logged = true
    if (event.cmd === WEBSOCKET_PING) this.#frame(event)
    else if (event.flow === 'up') this.#up(event)
    else this.#down(event)
  }

  /** The path was not silent, and a box on it counted that; what broker and client owe each other by K is as it was. */
  #frame({ atMs, flow }: LogEvent): void {
    const quiet = atMs - this.#lastMs
    if (flow === 'up' && quiet > (this.#unproven?.quietMs ?? 0)) this.#unproven = { quietMs: quiet, sentMs: atMs }
    if (flow === 'down') this.#prove(atMs)
    this.#lastMs = atMs
    this.#tailGapMs = 0
    this.#spokeAfterMs = undefined
  }

  #up({ atMs, cmd, mid }: LogEvent): void {
    const { upGaps, pingGaps } = this.#totals
    const quiet = atMs - this.#lastMs
    this.#ups++
    if (cmd === 'PINGREQ') this.#askedAgain()
    if (this.#seenBy === 'broker') this.#survived(quiet)
    else if (quiet > (this.#unproven?.quietMs ?? 0)) this.#unproven = { quietMs: quiet, sentMs: atMs }
    const sinceUp = atMs - this.#lastUpMs
    if (sinceUp > 0) upGaps.add(sinceUp)
    if (cmd === 'PINGREQ') {
      this.#pings++
      this.#asked = true
      pingGaps.add(sinceUp)
    } else if (cmd === 'DISCONNECT') this.saidGoodbye = true
    else if (mid !== undefined && (cmd === 'PUBACK' || cmd === 'PUBREC')) this.#acks?.acked(atMs, mid, this.#lastUpMs)
    this.#lastUpMs = atMs
    this.#lastMs = atMs
    this.#tailGapMs = 0
    this.#spokeAfterMs = undefined
  }

  #survived(quietMs: number): void {
    if (quietMs > this.#survivedMs) this.#survivedMs = quietMs
    if (quietMs > 0) this.#totals.survived.add(quietMs)
  }

  /** Programs that log no answers at all give up after a ping without one: one that pings again had it. */
  #askedAgain(): void {
    if (this.#seenBy !== 'client' || !this.#asked || this.#downs > 0 || !this.#unproven) return
    this.#survived(this.#unproven.quietMs)
    this.#unproven = undefined
  }

  /** The broker speaks, so what the client sent before may have arrived. What took very long may have opened a dead path anew. */
  #prove(atMs: number): void {
    if (!this.#unproven) return
    const { quietMs, sentMs } = this.#unproven
    this.#unproven = undefined
    if (atMs - sentMs <= LATE_MS) this.#survived(quietMs)
  }

  #down({ atMs, cmd, qos, mid }: LogEvent): void {
    if (cmd === 'CONNACK') return
    this.#asked = false
    this.#prove(atMs)
    this.#downs++
    const quiet = atMs - this.#lastMs
    if (quiet > this.#tailGapMs) this.#tailGapMs = quiet
    if (quiet > AT_ONCE_MS || this.#spokeMs === 0 || atMs - this.#spokeMs > AT_ONCE_MS) {
      this.#spokeAfterMs = quiet
      this.#spokeMs = atMs
    }
    if (cmd === 'PUBLISH' && qos !== undefined && qos > 0 && mid !== undefined) {
      this.#acks ??= new AckWatch(this.#totals.lateAcks)
      this.#acks.sent(atMs, mid, quiet, this.#lastUpMs)
    }
    this.#lastMs = atMs
  }

  /** A capture shows who closes, and not why: who closes when its time-out is due closes for that. */
  #howOf({ how = 'unknown', seenBy, from }: LogEvent, lagMs: number): EndHow {
    if (how !== 'timeout' && this.saidGoodbye) return 'disconnect'
    // Paho Python logs its next CONNECT, and not that it gave up on the answer to its ping (client.py, _check_keepalive).
    if (how === 'unknown' && seenBy === 'client' && this.#asked) return 'ping-unanswered'
    if (seenBy !== 'wire' || (how !== 'fin' && how !== 'rst' && how !== 'closed')) return how
    if (from === 'broker' && this.keepaliveS && lagMs >= 1500 * this.keepaliveS - AT_ONCE_MS) return 'timeout'
    return from === 'client' && this.#asked ? 'ping-unanswered' : how
  }

  /** What it was, now that it is over. */
  ended(event: LogEvent, lastEndMs: number | undefined): SessionRecord {
    const { atMs, from, reason } = event
    const lag = atMs - this.#lastUpMs
    const silent = atMs - this.#lastMs
    const spoke =
      this.#spokeAfterMs !== undefined && this.#spokeAfterMs > AT_ONCE_MS && atMs - this.#spokeMs <= AT_ONCE_MS
    return {
      fromMs: this.fromMs,
      endMs: atMs,
      how: this.#howOf(event, lag),
      keepaliveS: this.keepaliveS ?? event.keepaliveS,
      ip: this.ip,
      logged: this.#logged,
      ups: this.#ups,
      downs: this.#downs,
      pings: this.#pings,
      lagMs: this.#logged ? Math.max(0, lag) : undefined,
      silentMs: this.#logged ? Math.max(0, silent) : undefined,
      survivedMs: this.#survivedMs,
      tailGapMs: this.#logged ? Math.max(this.#tailGapMs, silent) : undefined,
      spokeAfterMs: spoke ? this.#spokeAfterMs : undefined,
      unansweredAfterMs: this.saidGoodbye ? undefined : this.#unproven?.quietMs,
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
}

/** An address without its port: `192.0.2.1:40001`, `[2001:db8::1]:40001`, `::1:46264` as Mosquitto writes it. */
export function ipOf(address: string): string {
  const bracketed = /^\[([^\]]+)\]/.exec(address)?.[1]
  if (bracketed !== undefined) return bracketed
  const colon = address.lastIndexOf(':')
  return colon > 0 && /^\d{1,5}$/.test(address.slice(colon + 1)) ? address.slice(0, colon) : address
}
