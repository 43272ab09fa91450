import { createHash } from 'node:crypto'
import { z } from 'zod'
import { seededRandom } from '../../clock/kit.ts'
import type { Hub } from '../../link/pipe/hub.ts'
import type { Placed } from '../../link/pipe/toxic-set.ts'
import type { Meeting, ToxicRun } from '../../link/toxics/toxic.ts'
import { FLOWS, type Flow } from '../../model/flow.ts'
import { decode, folded, invalidStream, invalidToxic, toxicExists, toxicNotFound } from './body.ts'
import { flowOf } from './proxy-traffic.ts'
import { wireToxics } from './toxics/index.ts'
import { startNoop, type WireToxic } from './toxics/wire-toxic.ts'

/**
 * The chances of one toxic, from the server's seed and from names, so that the n-th connection of a proxy meets the same
 * fate in every run, whatever else happens meanwhile.
 */
class Chance {
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

/** The nearest 32-bit float, in its shortest spelling: Toxiproxy keeps toxicity as one. */
function float32(value: number): number {
  const nearest = Math.fround(value)
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(nearest.toPrecision(digits))
    if (Math.fround(short) === nearest) return short
  }
  return nearest
}

/** 1e308 is none, and as infinity JSON would have no word for it. */
const isFloat32 = (value: number): boolean => Number.isFinite(Math.fround(value))

/** As the API shows it, in this order. */
export interface ToxicView {
  readonly attributes: unknown
  readonly name: string
  readonly type: string
  readonly stream: string
  readonly toxicity: number
}

interface Entry {
  readonly kind: WireToxic
  readonly flow: Flow
  readonly chance: Chance
  key: string
  view: ToxicView
}

const input = z.object({
  name: z.string(),
  type: z.string(),
  stream: z.string(),
  toxicity: z.number().refine(isFloat32, { error: 'it has to be a 32-bit number' }),
  attributes: z.record(z.string(), z.unknown()),
})
const change = input.pick({ toxicity: true, attributes: true })

/** The toxics of one proxy, in the order in which they were added. */
export class Toxics {
  readonly #hub: Hub
  readonly #proxy: string
  readonly #seed: number
  readonly #entries = new Map<string, Entry>()
  #keys = 0

  constructor(hub: Hub, proxy: string, seed: number) {
    this.#hub = hub
    this.#proxy = proxy
    this.#seed = seed
  }

  /** Those of the upstream first. */
  all(): ToxicView[] {
    const entries = [...this.#entries.values()]
    return FLOWS.flatMap(flow => entries.filter(entry => entry.flow === flow)).map(({ view }) => view)
  }

  get(name: string): ToxicView {
    return this.#entry(name).view
  }

  /** `given` is the request's body. Throws an ApiError, in Toxiproxy's order of checks. */
  add(given: unknown): ToxicView {
    const defaults = { name: '', type: '', stream: 'downstream', toxicity: 1, attributes: {} }
    const { type, stream, toxicity, attributes, name: asked } = decode(input, given, defaults)
    const flow = flowOf(stream)
    if (!flow) throw invalidStream()
    const name = asked === '' ? `${type}_${stream}` : asked
    const kind = wireToxics.get(type)
    if (!kind) throw invalidToxic()
    if (this.#entries.has(name)) throw toxicExists()
    const view = {
      attributes: decode(kind.options, attributes, {}, 'attributes'),
      name,
      type,
      stream,
      toxicity: float32(toxicity),
    }
    const entry = { kind, flow, view, key: this.#newKey(name), chance: new Chance(this.#seed, this.#proxy, name) }
    this.#entries.set(name, entry)
    this.#hub.place(placed(entry))
    return view
  }

  /** Only attributes and toxicity; what is not given stays. */
  update(name: string, read: () => unknown): ToxicView {
    const entry = this.#entry(name)
    const { view, kind } = entry
    const { toxicity, attributes } = decode(change, read(), { toxicity: view.toxicity, attributes: {} })
    const merged = decode(kind.options, attributes, folded(Object(view.attributes)), 'attributes')
    entry.view = { ...view, attributes: merged, toxicity: float32(toxicity) }
    if (kind.updates === 'in-place') this.#hub.replace(placed(entry))
    else this.#placeAnew(entry)
    return entry.view
  }

  remove(name: string): void {
    const { key } = this.#entry(name)
    this.#entries.delete(name)
    this.#hub.lift(key)
  }

  clear(): void {
    for (const { name } of this.all()) this.remove(name)
  }

  #placeAnew(entry: Entry): void {
    this.#hub.lift(entry.key)
    entry.key = this.#newKey(entry.view.name)
    this.#hub.place(placed(entry))
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name)
    if (!entry) throw toxicNotFound()
    return entry
  }

  /** Never the same twice: on some connection an earlier one of this name may still have business. */
  #newKey(name: string): string {
    return `${name}#${++this.#keys}`
  }
}

/** Each connection draws for itself whether it is hit, and draws again at an update. */
function placed({ kind, flow, chance, key, view: { attributes, toxicity } }: Entry): Placed {
  const start = (given: unknown, meeting: Meeting): ToxicRun => {
    const { hits, random } = chance.next(toxicity)
    if (hits) return kind.start(given, flow, { ...meeting, random })
    return kind.startSpared?.(given, flow, meeting) ?? startNoop(meeting)
  }
  const { name, summary, options } = kind
  return { key, toxic: { name, summary, options, start }, attributes, flows: kind.watchesBoth ? FLOWS : [flow] }
}
