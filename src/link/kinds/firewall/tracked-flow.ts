import type { Flow, Side } from '../../../model/flow.ts'
import type { Tap } from '../../pipe/tap.ts'
import { ahead, type TcpSegment } from './tcp-segment.ts'

/** When something last passed, on the run's clock. */
interface Activity {
  /** Any segment. */
  packetMs: number
  /** One with payload, a SYN or a FIN: what a program does. */
  payloadMs: number
}

/** Of what a side has sent: when the last of it that was new came, on the run's clock, and up to which byte it was acknowledged. */
interface Wire {
  sentMs: number
  ackedTo: number | undefined
}

/** One TCP connection through the firewall, as both of its edges show it. */
export interface TrackedFlow {
  readonly conn: number
  readonly tap: Tap
  /** The client's address and port: its own. */
  readonly inside: string
  /** The broker's address and port. */
  readonly broker: string
  /** The client's address and port as the broker sees it; `undefined` before its SYN has got there. */
  outside: string | undefined
  /** Sequence number of the SYN: no address translation changes it. */
  readonly isn: number
  /** When its SYN came, on the run's clock. */
  readonly openedMs: number
  readonly streams: Readonly<Record<Side, Readonly<Record<TcpSegment['way'], Stream>>>>
  readonly activity: Readonly<Record<Flow, Activity>>
  readonly wire: Readonly<Record<Side, Wire>>
  /** Sequence numbers of the RSTs that a side sent: the same ones may arrive at the other. */
  readonly resets: Readonly<Record<Side, Set<number>>>
  /** Ends that are already told: `client out rst`. */
  readonly told: Set<string>
  over: boolean
}

/** Of `10.77.1.2:40000`. */
export const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1))

export function newFlow(conn: number, tap: Tap, syn: TcpSegment, atMs: number): TrackedFlow {
  return {
    conn,
    tap,
    inside: syn.from,
    broker: syn.to,
    outside: undefined,
    isn: syn.seq,
    openedMs: atMs,
    streams: {
      client: { in: new Stream(), out: new Stream() },
      broker: { in: new Stream(), out: new Stream() },
    },
    activity: { up: { packetMs: atMs, payloadMs: atMs }, down: { packetMs: atMs, payloadMs: atMs } },
    wire: { client: { sentMs: atMs, ackedTo: undefined }, broker: { sentMs: atMs, ackedTo: undefined } },
    resets: { client: new Set(), broker: new Set() },
    told: new Set(),
    over: false,
  }
}

/** Neither reset nor closed from both sides. */
export const isOpen = ({ over, told }: TrackedFlow): boolean =>
  !over && !(told.has('client in fin') && told.has('broker in fin'))

/** One flow at one edge: TCP's segments put back in order, each byte and the FIN told once. */
class Stream {
  #next: number | undefined
  #early: TcpSegment[] = []
  #ended = false

  /** The next byte that is expected; `undefined` before the first segment. */
  get next(): number | undefined {
    return this.#next
  }

  /** What has become complete in order with this segment: its new bytes, and whether the FIN is behind them. */
  push(segment: TcpSegment): { readonly bytes: Buffer; readonly fin: boolean } {
    if (segment.syn) this.#next = (segment.seq + 1) >>> 0
    this.#next ??= segment.seq
    const pieces: Buffer[] = []
    let fin = false
    const waiting = segment.payload.length > 0 || segment.fin ? [...this.#early, segment] : this.#early
    waiting.sort((one, other) => ahead(one.seq, other.seq))
    this.#early = []
    for (const each of waiting) {
      const start = each.syn ? (each.seq + 1) >>> 0 : each.seq
      const known = ahead(this.#next, start)
      if (known < 0) {
        this.#early.push(each)
        continue
      }
      if (known < each.payload.length) {
        pieces.push(each.payload.subarray(known))
        this.#next = (start + each.payload.length) >>> 0
      }
      if (each.fin && !this.#ended && ahead(this.#next, start + each.payload.length) === 0) {
        this.#ended = true
        fin = true
        this.#next = (this.#next + 1) >>> 0
      }
    }
    return { bytes: Buffer.concat(pieces), fin }
  }
}
