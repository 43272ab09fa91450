import type { Duration } from '../model/duration.ts'
import type { Event } from '../model/event.ts'
import type { Flow, Side } from '../model/flow.ts'
import type { Plugin } from '../model/plugin.ts'

export type NetworkChange = 'address' | 'port' | 'down' | 'up'

/** What a fault tells the link to do. `key` names a toxic or a limit within its fault, so that `off` can remove it. */
export type LinkOrder =
  | {
      readonly to: 'link'
      readonly do: 'add'
      readonly key: string
      readonly toxic: string
      readonly attributes: unknown
      readonly flows: readonly Flow[]
    }
  /** Room for so many connections, by `activity` in a table of bytes or of packets: beyond that the oldest is forgotten. */
  | {
      readonly to: 'link'
      readonly do: 'limit'
      readonly key: string
      readonly sessions: number
      readonly activity: 'any-byte' | 'packet'
      readonly onNext: 'drop' | 'rst-sender' | 'rst-both'
    }
  /**
   * The client's network changes. `address`: it has another one, and what was open from the old one is on a dead path; `port`: the NAT
   * before it gives its flows another port; `down` and `up`: its interface.
   */
  | { readonly to: 'link'; readonly do: 'move'; readonly what: NetworkChange }
  | { readonly to: 'link'; readonly do: 'remove'; readonly key: string }
  | { readonly to: 'link'; readonly do: 'end'; readonly side: Side | 'both'; readonly how: 'fin' | 'rst' }

/** Signals to the broker's process. */
export type BrokerSignal = 'freeze' | 'thaw' | 'kill' | 'restart'
export interface BrokerOrder {
  readonly to: 'broker'
  readonly do: BrokerSignal
}

/** Signals to the processes of the clients under test, all of them. */
export type ClientSignal = 'freeze' | 'thaw'
export interface ClientOrder {
  readonly to: 'client'
  readonly do: ClientSignal
}

/** Sets the clocks of a peer. One of the three says how. */
export interface ClockOrder {
  readonly to: 'broker' | 'client'
  readonly do: 'set-clock'
  /** By so many milliseconds; negative: back. */
  readonly byMs?: number
  /** Back by as long as the peer was stopped. */
  readonly slept?: true
  /** They run so much faster from now on; negative: slower. */
  readonly percent?: number
  /** The date alone; else the monotonic clock too. */
  readonly wall: boolean
}

export type Order = LinkOrder | BrokerOrder | ClientOrder | ClockOrder

/** What a lab, its link, its broker or its client must be able to do for an order. */
export type Capability =
  | `toxic:${string}`
  | `end:${'fin' | 'rst'}`
  | 'limit:sessions'
  | `move:${Exclude<NetworkChange, 'up'>}`
  | `broker:${BrokerSignal}`
  | `client:${ClientSignal}`
  | `${'broker' | 'client'}:clock`

export function capabilityFor(order: Order): Capability | undefined {
  if (order.do === 'set-clock') return `${order.to}:clock`
  if (order.to === 'broker') return `broker:${order.do}`
  if (order.to === 'client') return `client:${order.do}`
  if (order.do === 'add') return `toxic:${order.toxic}`
  if (order.do === 'limit') return 'limit:sessions'
  if (order.do === 'move') return `move:${order.what === 'up' ? 'down' : order.what}`
  return order.do === 'end' ? `end:${order.how}` : undefined
}

const SIGNALLED = { freeze: 'frozen', kill: 'killed', thaw: undefined, restart: undefined } as const

/**
 * Whether this event shows that the order was carried out. What happens to the broker's process, or to the connection itself, proves a
 * fault as well as a byte that it changed; toxics and limits are proven by `fault-touched` alone.
 */
export function proves(order: Order, event: Event): boolean {
  if (order.do === 'set-clock') return event.who === order.to && event.what === 'clock-set'
  if (order.to !== 'link') return event.who === order.to && event.what === SIGNALLED[order.do]
  return order.do === 'end' && event.what === order.how && event.from === 'fault'
}

/** What the user names, turned into orders. Pure. */
export interface Fault<Params = unknown> extends Plugin<Params> {
  /** `order`: in force once the orders are carried out. `mark`: the link says when (an idle timer's expiry). */
  readonly holds: 'order' | 'mark'
  /** Of a middlebox with an idle time-out: after how much silence it forgets a flow. Absent: silence is not what it acts on. */
  idleAfter?(params: Params): Duration
  /** Names of its lengths of time that a scenario's `scale` shortens together with the keep-alive. */
  readonly scaled?: readonly string[]
  /** Milliseconds of the keep-alive in force, for durations in units of K. */
  on(params: Params, keepaliveMs: number): readonly Order[]
  off(params: Params, keepaliveMs: number): readonly Order[]
}
