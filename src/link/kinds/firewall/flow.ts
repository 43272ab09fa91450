import type { Flow, Side } from '../../../model/flow.ts'
import type { Tap } from '../../pipe/tap.ts'
import type { Segment } from './segment.ts'
import { Stream } from './stream.ts'

/** When something last passed, on the run's clock. */
export interface Activity {
  /** Any segment. */
  packetMs: number
  /** One with payload, a SYN or a FIN: what a program does. */
  payloadMs: number
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
  readonly streams: Readonly<Record<Side, Readonly<Record<Segment['way'], Stream>>>>
  readonly activity: Readonly<Record<Flow, Activity>>
  /** Sequence numbers of the RSTs that a side sent: the same ones may arrive at the other. */
  readonly resets: Readonly<Record<Side, Set<number>>>
  /** Ends that are already told: `client out rst`. */
  readonly told: Set<string>
  over: boolean
}

/** Of `10.77.1.2:40000`. */
export const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1))

export function newFlow(conn: number, tap: Tap, syn: Segment, atMs: number): TrackedFlow {
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
    resets: { client: new Set(), broker: new Set() },
    told: new Set(),
    over: false,
  }
}

/** Neither reset nor closed from both sides. */
export const isOpen = ({ over, told }: TrackedFlow): boolean =>
  !over && !(told.has('client in fin') && told.has('broker in fin'))
