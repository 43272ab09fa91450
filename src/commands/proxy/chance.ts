import { createHash } from 'node:crypto'
import { seededRandom } from '../../clock/random.ts'

/**
 * The chances of one toxic, from the server's seed and from names, so that the n-th connection of a proxy meets the same
 * fate in every run, whatever else happens meanwhile.
 */
export class Chance {
  readonly #draw: () => number

  constructor(seed: number, proxy: string, toxic: string) {
    const hash = createHash('sha256')
      .update(JSON.stringify([seed, proxy, toxic]))
      .digest()
    this.#draw = seededRandom(hash.readUInt32BE(0))
  }

  /** For one connection: whether `toxicity` hits it, and random numbers of its own. */
  next(toxicity: number): { readonly hits: boolean; readonly random: () => number } {
    const hits = this.#draw() < toxicity
    return { hits, random: seededRandom(Math.floor(this.#draw() * 2 ** 32)) }
  }
}
