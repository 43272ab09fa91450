import type { Flow, Side } from '../../model/flow.ts'
import type { Plugin } from '../../model/plugin.ts'
import type { StreamPlace } from '../../websocket/stream-place.ts'

/** What travels along one flow of a connection. `open` goes up only, ahead of everything else, as a SYN does. */
export type Item =
  | { readonly what: 'open' }
  /** `lent`: they are overwritten once the link has handed them on. No toxic meets such an item. */
  | { readonly what: 'bytes'; readonly bytes: Buffer; readonly lent?: boolean }
  /**
   * Bytes of a layer below the packets, of which no packet sees anything: TLS' handshake, a ticket, close_notify. `message`: for the same
   * layer at the other end of the link.
   */
  | { readonly what: 'records'; readonly length: number; readonly message?: unknown }
  /** `whole`: whoever gets it is done with, both ways, as a program that calls close() and not shutdown(). */
  | { readonly what: 'fin'; readonly whole?: true }
  /** `unacknowledged`: its kernel gave the connection up, since the other side acknowledged nothing any more. */
  | { readonly what: 'rst'; readonly unacknowledged?: true }

/** The same item, with bytes that stay. */
export const owned = (item: Item): Item =>
  item.what === 'bytes' && item.lent ? { what: 'bytes', bytes: Buffer.from(item.bytes) } : item

/** What a layer says to its other end, as far as it is known here. */
export const stepOf = (item: Item): unknown =>
  item.what === 'records' && typeof item.message === 'object' ? Reflect.get(item.message ?? {}, 'is') : undefined

/** What a toxic decides. It never sleeps or sends; the pipeline does. */
export type Ruling =
  /** On to the next toxic, `afterMs` from now. Never overtakes what was passed before it on the same flow. */
  | { readonly do: 'pass'; readonly flow: Flow; readonly item: Item; readonly afterMs: number }
  /** Kept in order, until `release` or until the toxic is lifted. */
  | { readonly do: 'hold'; readonly flow: Flow; readonly item: Item }
  /** All that is held on this flow passes now. */
  | { readonly do: 'release'; readonly flow: Flow }
  /** Gone for good. */
  | { readonly do: 'drop'; readonly flow: Flow; readonly item: Item }
  /** The link itself ends the connection towards `side`; what was under way to it is lost on `rst`. */
  | { readonly do: 'end'; readonly side: Side | 'both'; readonly how: 'fin' | 'rst' }
  /** The source of this flow is left unread: its peer's bytes fill its own buffers. */
  | { readonly do: 'stall'; readonly flow: Flow }
  /** It is read again, as it is once the toxic is lifted. */
  | { readonly do: 'read'; readonly flow: Flow }
  /** Call `onWake` again in `afterMs`; replaces an earlier wake of the same connection. */
  | { readonly do: 'wake'; readonly afterMs: number }
  /** For the record: the fault took hold of this connection, or proved that it saw its traffic. */
  | { readonly do: 'mark'; readonly what: 'held' | 'touched'; readonly note: string }

/** One toxic at work on one connection, on the flows it was added to. */
export interface ToxicRun {
  onItem(flow: Flow, item: Item, nowMs: number): readonly Ruling[]
  /** When a wake comes due; and once as soon as the toxic is in place, so that it can ask for its first. */
  onWake?(nowMs: number): readonly Ruling[]
  /**
   * The fault is lifted. False (or absent): forget this toxic, and let go of what it holds after `lingerMs`.
   * True: it has unfinished business on this connection and goes on ruling until the connection ends.
   */
  onLift?(nowMs: number): boolean
  /** What it does on being lifted, before `onLift` is asked. */
  beforeLift?(nowMs: number): readonly Ruling[]
  /** How long after lifting the held items of this flow are let go; 0 where absent. They stay in order. */
  lingerMs?(flow: Flow, nowMs: number): number
}

/** A connection as it stands when a toxic meets it. */
export interface Meeting {
  readonly nowMs: number
  /** When it was opened. */
  readonly openedMs: number
  /** When its last byte passed, either way; the moment of opening where none did. */
  readonly lastActivityMs: number
  /** Round trip of the link itself; 0 where unknown. */
  readonly rttMs: number
  /** Where this flow stands at the toxic's place in the chain: it may come in the middle of a packet. */
  place(flow: Flow): StreamPlace
  readonly random: () => number
  /** The connection is being opened now: nothing has passed yet. */
  readonly fresh?: boolean
  /** Who ruled here until now, where the same toxic goes on with other attributes. */
  readonly previous?: ToxicRun
}

/** `options` are the attributes. Durations in them are plain milliseconds: K is resolved by then. */
export interface Toxic<Attributes = unknown> extends Plugin<Attributes> {
  /** It has to tell control packets apart, which nothing can inside TLS. */
  readonly readsPackets?: true
  /** It acts on the steps of a handshake, which only a link shows that ends TLS. */
  readonly readsHandshakes?: true
  start(attributes: Attributes, meeting: Meeting): ToxicRun
}
