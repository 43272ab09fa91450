import type { PeerVersion } from '../../model/evidence.ts'
import type { Comparison, PeerTable } from './comparison.ts'
import type { Played } from './play-cell.ts'
import type { CellResult } from './result.ts'

/** What came in so far, in whatever order. */
export class Collection {
  readonly #results: CellResult[] = []
  readonly #clients: Record<string, PeerTable[string]> = {}
  readonly #brokers: Record<string, PeerTable[string]> = {}

  add(played: readonly Played[]): void {
    for (const { result, client, broker } of played) {
      this.#results.push(result)
      if (client) this.#clients[result.cell.client] ??= entry(client)
      if (broker) this.#brokers[result.cell.broker] ??= entry(broker)
    }
  }

  comparison(frame: Omit<Comparison, 'results' | 'clients' | 'brokers' | 'partial'>): Comparison {
    const results = this.#results.toSorted((a, b) => a.index - b.index)
    const partial = results.length + frame.leftOut.length < frame.cells
    return { ...frame, partial, clients: this.#clients, brokers: this.#brokers, results }
  }
}

const entry = ({ version, model }: PeerVersion): PeerTable[string] => ({ version, ...(model ? { model } : {}) })
