import type { Flow } from '../../../model/flow.ts'
import type { Address } from '../link.ts'
import type { RealToxic } from './api.ts'
import { Chain } from './chain.ts'
import { type Entrance, openEntrance, type Place } from './place.ts'

interface Way {
  readonly address: Address
  readonly chain: Chain
}

interface Force {
  readonly key: string
  readonly flows: readonly Flow[]
  readonly toxics: readonly RealToxic[]
}

/** The proxies of one run: one for all its connections, or one for each. What is put on them holds for later ones too. */
export class Entrances implements AsyncDisposable {
  readonly #place: Place
  readonly #name: string
  readonly #apart: boolean
  readonly #forces = new Map<string, Force>()
  readonly #open = new Map<number, Promise<Way & { readonly entrance: Entrance }>>()
  #failures: unknown[] = []
  /** A new proxy must neither miss nor get twice what is being put on the others. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(place: Place, name: string, apart: boolean) {
    this.#place = place
    this.#name = name
    this.#apart = apart
  }

  /** Where all share one, makes it. */
  async start(): Promise<void> {
    if (!this.#apart) await this.open(0)
  }

  /** For a connection, from 1. */
  open(conn: number): Promise<Way> {
    const key = this.#apart ? conn : 0
    const known = this.#open.get(key)
    if (known) return known
    const way = this.#inTurn(() => this.#make(this.#apart ? `${this.#name}-${conn}` : this.#name))
    this.#open.set(key, way)
    // Whoever waits for it hears of it.
    way.catch(() => {})
    return way
  }

  close(conn: number): void {
    if (this.#apart) this.#remove(conn).catch(error => this.#failures.push(error))
  }

  put(key: string, flows: readonly Flow[], toxics: readonly RealToxic[]): Promise<void> {
    if (toxics.length === 0) return Promise.resolve()
    return this.#inTurn(async () => {
      this.#forces.set(key, { key, flows, toxics })
      await this.#onEach(chain => chain.put(key, flows, toxics))
    })
  }

  take(key: string): Promise<void> {
    if (!this.#forces.has(key)) return Promise.resolve()
    return this.#inTurn(async () => {
      this.#forces.delete(key)
      await this.#onEach(chain => chain.take(key))
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const removed = await Promise.allSettled([...this.#open.keys()].map(conn => this.#remove(conn)))
    const errors = [...this.#failures, ...removed.flatMap(end => (end.status === 'rejected' ? [end.reason] : []))]
    if (errors.length > 0) throw errors[0]
  }

  async #make(name: string): Promise<Way & { readonly entrance: Entrance }> {
    const entrance = await openEntrance(this.#place, name)
    const chain = new Chain(entrance.proxy)
    try {
      for (const { key, flows, toxics } of this.#forces.values()) await chain.put(key, flows, toxics)
    } catch (error) {
      await entrance[Symbol.asyncDispose]()
      throw error
    }
    return { address: entrance.address, chain, entrance }
  }

  async #remove(key: number): Promise<void> {
    const way = this.#open.get(key)
    this.#open.delete(key)
    // One that could not be made is nothing to remove.
    await (await way?.catch(() => undefined))?.entrance[Symbol.asyncDispose]()
  }

  async #onEach(act: (chain: Chain) => Promise<void>): Promise<void> {
    const ways = await Promise.allSettled(this.#open.values())
    await Promise.all(ways.flatMap(way => (way.status === 'fulfilled' ? [act(way.value.chain)] : [])))
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(act)
    this.#turn = done.catch(() => {})
    return done
  }
}
