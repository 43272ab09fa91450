import type { Flow } from '../../model/flow.ts'
import type { Toxic } from '../toxics/toxic.ts'

/** A toxic at its place in the chain. */
export interface Placed {
  /** Unique on the link. */
  readonly key: string
  /** `blackhole#0`; absent for what belongs to the link itself. */
  readonly fault?: string
  readonly toxic: Toxic
  readonly attributes: unknown
  readonly flows: readonly Flow[]
}

/** The toxics in force on a link, in the order in which they were added; connections old and new go by it. */
export class ToxicSet {
  readonly #placed = new Map<string, Placed>()

  add(placed: Placed): void {
    if (this.#placed.has(placed.key)) throw new Error(`toxic ${placed.key} is already in force on this link`)
    this.#placed.set(placed.key, placed)
  }

  /** In its place. */
  replace(placed: Placed): void {
    if (!this.#placed.has(placed.key)) throw new Error(`toxic ${placed.key} is not in force on this link`)
    this.#placed.set(placed.key, placed)
  }

  all(): Iterable<Placed> {
    return this.#placed.values()
  }

  /** False where it was not there. */
  remove(key: string): boolean {
    return this.#placed.delete(key)
  }
}
