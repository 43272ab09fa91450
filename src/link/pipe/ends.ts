import type { OwnActs } from '../../clock/kit.ts'
import type { Side } from '../../model/flow.ts'
import type { Item } from '../toxics/toxic.ts'
import type { PeerView } from './kernel-view.ts'

/**
 * One end of a connection: a socket, or a simulated one. Nothing is called on it after `close`. `sent` is called once the kernel has
 * taken what was given, or never will; a simulated end, for which no time passes, need not call it.
 */
export interface End {
  /** Only at the broker: dial it. Then call the connection's `established`, or hand it the broker's `rst`. */
  open(sent?: () => void): void
  write(bytes: Buffer, sent?: () => void): void
  /** What the layer at the other end has to say; absent where there is no layer, and then nobody says anything. */
  tell?(message: unknown): void
  fin(sent?: () => void): void
  rst(sent?: () => void): void
  /** Stop reading, as behind a full receive window; and go on. */
  pause(): void
  resume(): void
  /** Not one byte is taken from the kernel any more, nor an end; or again. `pause` may go on until a buffer of ours is full. */
  leaveUnread?(on: boolean): void
  /** What the kernel shows of the peer while it is not read; absent where there is no kernel to ask. */
  look?(): Promise<PeerView | undefined>
  /** The connection is over: let go, after what was written. */
  close(): void
}

export type Ends = { readonly [S in Side]: End }

/** Who is told what the ends hear: a connection, or a layer below it. */
export interface Hearer {
  /** `side` sent this. */
  arrive(side: Side, item: Item): void
  /** Whether it is done with the bytes of an item when `arrive` returns, and so has whoever it hands them to. Absent: it keeps them. */
  borrows?(): boolean
  /** The broker accepted. */
  established(): void
  /** What was written to `side` piles up, or does not any more. */
  congested(side: Side, congested: boolean): void
}

/** Gives the two ends, which keep the hearer to call it later. */
export type Attach = (hearer: Hearer) => Ends

/** Something between sockets and packets: it takes ends for bytes of the transport, and gives ends for what is inside. */
export type Layer = (below: Attach) => Attach

/** Each call of theirs is an act of the link: it lies between the call and the moment when the kernel has it. */
export function datedEnds(ends: Ends, { begin }: Pick<OwnActs, 'begin'>): Ends {
  const datedEnd = (end: End): End => ({
    ...end,
    open: () => end.open(begin()),
    write: bytes => end.write(bytes, begin()),
    fin: () => end.fin(begin()),
    rst: () => end.rst(begin()),
  })
  return { client: datedEnd(ends.client), broker: datedEnd(ends.broker) }
}
