import { FLOWS, type Flow } from '../../../model/flow.ts'
import { inTurn } from '../../../processes/pool.ts'
import type { Address } from '../link.ts'
import type { RealProxy, RealToxic } from './api.ts'
import { BLACKHOLE } from './toxic-recipes.ts'
import { openEntrance, type ToxiproxyEntrance, type ToxiproxyPlace } from './toxiproxy-place.ts'

interface OpenedEntrance {
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
  readonly #place: ToxiproxyPlace
  readonly #name: string
  readonly #apart: boolean
  readonly #forces = new Map<string, Force>()
  readonly #open = new Map<number, Promise<OpenedEntrance & { readonly entrance: ToxiproxyEntrance }>>()
  #failures: unknown[] = []
  /** A new proxy must neither miss nor get twice what is being put on the others. */
  readonly #inTurn = inTurn()

  constructor(place: ToxiproxyPlace, name: string, apart: boolean) {
    this.#place = place
    this.#name = name
    this.#apart = apart
  }

  /** Where all share one, makes it. */
  async start(): Promise<void> {
    if (!this.#apart) await this.open(0)
  }

  /** For a connection, from 1. */
  open(conn: number): Promise<OpenedEntrance> {
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

  async #make(name: string): Promise<OpenedEntrance & { readonly entrance: ToxiproxyEntrance }> {
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
}

/** The toxics of one proxy, by what they are for. Taken away in reverse order of adding. */
class Chain {
  readonly #proxy: RealProxy
  readonly #undo = new Map<string, readonly (() => Promise<void>)[]>()
  #added = 0

  constructor(proxy: RealProxy) {
    this.#proxy = proxy
  }

  /** Resolves once all are in force. Both flows at once: neither may be cut much longer than the other. */
  async put(key: string, flows: readonly Flow[], toxics: readonly RealToxic[]): Promise<void> {
    const undo = await Promise.all(flows.map(flow => this.#putOn(flow, toxics)))
    for (const [index, flow] of flows.entries()) this.#undo.set(`${key}/${flow}`, undo[index] ?? [])
  }

  async take(key: string, flows: readonly Flow[] = FLOWS): Promise<void> {
    await Promise.all(flows.map(flow => this.#takeFrom(`${key}/${flow}`)))
  }

  block(flow: Flow, blocked: boolean): Promise<void> {
    return blocked ? this.put('block', [flow], BLACKHOLE) : this.take('block', [flow])
  }

  async #putOn(flow: Flow, toxics: readonly RealToxic[]): Promise<(() => Promise<void>)[]> {
    const undo: (() => Promise<void>)[] = []
    for (const toxic of toxics)
      undo.unshift(await this.#proxy.add(`${++this.#added}-${toxic.type}-${flow}`, flow, toxic))
    return undo
  }

  async #takeFrom(key: string): Promise<void> {
    const undo = this.#undo.get(key) ?? []
    this.#undo.delete(key)
    for (const one of undo) await one()
  }
}
