import { FLOWS, type Flow } from '../../../model/flow.ts'
import type { RealProxy, RealToxic } from './api.ts'
import { BLACKHOLE } from './recipes.ts'

/** The toxics of one proxy, by what they are for. Taken away in reverse order of adding. */
export class Chain {
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
