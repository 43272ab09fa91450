import type { LinkOrder } from '../../faults/fault.ts'
import { FLOWS } from '../../model/flow.ts'
import { FORGOTTEN, idleCut } from '../toxics/idle-cut-toxic.ts'
import type { RelayedConnection } from './relayed-connection.ts'
import type { Placed } from './toxic-set.ts'

/**
 * A table with room for so many connections: a newer one always gets in, and the oldest that it still knows is forgotten for
 * it. A toxic knows one connection only, so who has to go is decided here; what happens to it then is the idle-cut's.
 */
export class Limit {
  readonly #sessions: number
  readonly #placed: Placed
  readonly #forgotten = new WeakSet<RelayedConnection>()

  constructor({ sessions, onNext }: LinkOrder & { do: 'limit' }, key: string, fault: string) {
    const attributes = { ...FORGOTTEN, onNext }
    this.#sessions = sessions
    this.#placed = { key, fault, toxic: idleCut, attributes, flows: FLOWS }
  }

  /** `connections`: those that are open, the oldest first. */
  enforce(connections: Iterable<RelayedConnection>): void {
    const known = [...connections].filter(connection => !this.#forgotten.has(connection))
    for (const oldest of known.slice(0, Math.max(0, known.length - this.#sessions))) {
      this.#forgotten.add(oldest)
      oldest.add(this.#placed)
    }
  }
}
