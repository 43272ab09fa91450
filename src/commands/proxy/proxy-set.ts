import { z } from 'zod'
import { inTurn } from '../../processes/pool.ts'
import { messageOf } from '../../text/message-of.ts'
import { ApiError, badBody, decode, missingField, netTrouble, proxyExists, proxyNotFound } from './body.ts'
import { NamedProxy, type ProxyContext, type ProxyFields, type ProxyView } from './proxy.ts'
import { readTls } from './proxy-tls.ts'

const fields = z.object({
  name: z.string(),
  listen: z.string(),
  upstream: z.string(),
  enabled: z.boolean(),
  tls: z.record(z.string(), z.unknown()).exactOptional(),
})
const NEW = { name: '', listen: '', upstream: '', enabled: true }

function readFields(given: unknown, current: Readonly<Record<string, unknown>>): ProxyFields {
  const { tls, ...rest } = decode(fields, given, current)
  return tls === undefined ? rest : { ...rest, tls: readTls(tls) }
}

/** What became of a list of proxies: those in place, and what stopped it. */
export interface Populated {
  readonly proxies: readonly ProxyView[] | null
  readonly trouble?: ApiError
}

/** All proxies of a server. Changes happen one after another, since listening takes time and names must stay unique. */
export class Proxies {
  readonly #context: ProxyContext
  readonly #proxies = new Map<string, NamedProxy>()
  readonly #inTurn = inTurn()

  constructor(context: ProxyContext) {
    this.#context = context
  }

  all(): NamedProxy[] {
    return [...this.#proxies.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  get(name: string): NamedProxy {
    const proxy = this.#proxies.get(name)
    if (!proxy) throw proxyNotFound()
    return proxy
  }

  create(given: unknown): Promise<NamedProxy> {
    return this.#inTurn(async () => {
      const asked = readFields(given, NEW)
      if (asked.name === '') throw missingField('name')
      if (asked.upstream === '') throw missingField('upstream')
      if (this.#proxies.has(asked.name)) throw proxyExists()
      return this.#add(asked)
    })
  }

  update(name: string, read: () => unknown): Promise<NamedProxy> {
    return this.#inTurn(async () => {
      const proxy = this.get(name)
      await proxy.update(readFields(read(), { ...proxy.fields }))
      return proxy
    })
  }

  remove(name: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.get(name).stop()
      this.#proxies.delete(name)
    })
  }

  /** Creates what is not there, replaces what stands at other addresses, and leaves the rest alone. */
  populate(read: () => unknown): Promise<Populated> {
    return this.#inTurn(async () => {
      const list = readList(read)
      if (list instanceof ApiError) return { proxies: null, trouble: list }
      const done: NamedProxy[] = []
      // As they are in the end: a name that comes twice replaces the first.
      const views = () => (done.length > 0 ? done.map(({ view }) => view) : null)
      try {
        for (const asked of list) done.push(await this.#addOrReplace(asked))
      } catch (error) {
        return { proxies: views(), trouble: asApiError(error) }
      }
      return { proxies: views() }
    })
  }

  /** Enables every proxy and removes every toxic. */
  reset(): Promise<void> {
    return this.#inTurn(async () => {
      for (const proxy of this.all()) {
        await proxy.start()
        proxy.toxics.clear()
      }
    })
  }

  async #addOrReplace(asked: ProxyFields): Promise<NamedProxy> {
    const existing = this.#proxies.get(asked.name)
    if (existing && !(await existing.differsFrom(asked))) return existing
    await existing?.stop()
    return this.#add(asked)
  }

  /** One that can't listen is not kept. */
  async #add(asked: ProxyFields): Promise<NamedProxy> {
    const proxy = new NamedProxy(this.#context, asked)
    if (asked.enabled) await proxy.start()
    this.#proxies.set(asked.name, proxy)
    return proxy
  }
}

/** Nothing is created before the whole list has been looked at. */
function readList(read: () => unknown): ProxyFields[] | ApiError {
  try {
    const given = read()
    if (given !== null && !Array.isArray(given)) return badBody('it has to be a list of proxies')
    const list = (given ?? []).map((entry: unknown) => readFields(entry, NEW))
    for (const [index, { name, upstream }] of list.entries()) {
      if (name === '') return missingField(`name at proxy ${index + 1}`)
      if (upstream === '') return missingField(`upstream at proxy ${index + 1}`)
    }
    return list
  } catch (error) {
    return asApiError(error)
  }
}

export const asApiError = (error: unknown): ApiError =>
  error instanceof ApiError ? error : netTrouble(messageOf(error))
