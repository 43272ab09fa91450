import type { OwnActs } from '../clock/kit.ts'
import type { Side } from '../model/flow.ts'

/** One end of a connection: a socket, or a simulated one. Nothing is called on it after `close`. */
export interface End {
  /** Only at the broker: dial it. Then call the connection's `established`, or hand it the broker's `rst`. */
  open(): void
  write(bytes: Buffer): void
  fin(): void
  rst(): void
  /** Stop reading, as behind a full receive window; and go on. */
  pause(): void
  resume(): void
  /** The connection is over: let go, after what was written. */
  close(): void
}

export type Ends = { readonly [S in Side]: End }

/** Each call of theirs is an act of the link, done by its end. */
export function settling(ends: Ends, { settle }: Pick<OwnActs, 'settle'>): Ends {
  const settled = (end: End): End => {
    const after =
      <A extends readonly unknown[]>(act: (...args: A) => void) =>
      (...args: A): void => {
        act(...args)
        settle()
      }
    return { ...end, open: after(end.open), write: after(end.write), fin: after(end.fin), rst: after(end.rst) }
  }
  return { client: settled(ends.client), broker: settled(ends.broker) }
}
