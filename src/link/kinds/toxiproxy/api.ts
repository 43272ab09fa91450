import { Toxiproxy } from 'toxiproxy-node-client'
import type { Flow } from '../../../model/flow.ts'
import { parseJson } from '../../../text/json.ts'
import { messageOf } from '../../../text/message-of.ts'
import { answerText } from '../../../text/read-text.ts'

/** Toxiproxy answers within a millisecond; this is for one that is stopped, or behind a dead path. */
const ANSWER_LIMIT_MS = 3000

/** A toxic as Toxiproxy has it. */
export interface RealToxic {
  readonly type: 'latency' | 'slow_close' | 'bandwidth' | 'slicer'
  /** Whole numbers; Toxiproxy refuses others. Times in milliseconds, except `slicer`'s `delay`: microseconds. */
  readonly attributes: Readonly<Record<string, number>>
}

/** One proxy on a Toxiproxy. Names of toxics are unique in it. */
export interface RealProxy {
  readonly name: string
  /** `127.0.0.1:41234`: where it listens, as Toxiproxy says. */
  readonly listen: string
  /** Resolves once it is in force; the result takes it away again. */
  add(name: string, flow: Flow, toxic: RealToxic): Promise<() => Promise<void>>
  remove(): Promise<void>
}

export interface Api {
  readonly url: string
  version(): Promise<string>
  createProxy(name: string, listen: string, upstream: string): Promise<RealProxy>
}

/**
 * Toxiproxy's HTTP API through its own client. That one waits for ever and leaves status and answer out of its errors
 * (4.1 hung on a stopped server), so the transport in it is ours. Everything rejects with a ToxiproxyTrouble.
 */
export function openApi(url: string, answerLimitMs = ANSWER_LIMIT_MS): Api {
  const base = url.replace(/(?<!\/)\/+$/, '')
  const client = new Toxiproxy(base)
  // Its type has private members, so nothing else can have it; but the client only calls the four methods.
  Reflect.set(client, 'api', transport(base, answerLimitMs))
  return {
    url: base,
    version: async () => versionOf(jsonOf(await client.getVersion(), base, 'GET /version'), base),
    async createProxy(name, listen, upstream) {
      const proxy = await client.createProxy({ name, listen, upstream, enabled: true })
      if (!isAddress(proxy.listen)) throw notToxiproxy(base, 'POST /proxies')
      return {
        name,
        listen: proxy.listen,
        async add(toxicName, flow, { type, attributes }) {
          const stream = flow === 'up' ? 'upstream' : 'downstream'
          const toxic = await proxy.addToxic({ name: toxicName, type, stream, toxicity: 1, attributes })
          return () => toxic.remove()
        },
        remove: () => proxy.remove(),
      }
    },
  }
}

function versionOf(answer: unknown, base: string): string {
  const version = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'version') : undefined
  if (typeof version === 'string') return version
  throw notToxiproxy(base, 'GET /version')
}

/** `127.0.0.1:41234`, also `[::]:41234`; whatever the answer's type says, it came over the network. */
const isAddress = (listen: unknown): boolean => typeof listen === 'string' && /:\d{1,5}$/.test(listen)

/** What Toxiproxy was asked and what it answered, in one sentence. */
class ToxiproxyTrouble extends Error {
  /** Of its answer; `undefined` where it gave none. */
  readonly status: number | undefined

  constructor(message: string, status?: number) {
    super(message)
    this.name = 'ToxiproxyTrouble'
    this.status = status
  }
}

/** The part of toxiproxy-node-client that talks HTTP, in the shape that it has there. */
interface Transport {
  get(url: string): Promise<{ readonly data: unknown }>
  post(url: string, body?: unknown): Promise<{ readonly data: unknown }>
  delete(url: string): Promise<void>
  getText(url: string): Promise<string>
}

/** A thousand proxies with toxics are half a megabyte; `/metrics` grows with the connections. */
const MOST_BYTES = 8 * 2 ** 20
/** Characters of a refusal. */
const MOST_SHOWN = 500

/** One that gives up after `limitMs`, and whose errors say which call it was and what Toxiproxy answered. */
function transport(base: string, limitMs: number): Transport {
  const ask = async (method: string, url: string, body?: unknown): Promise<string> => {
    const call = `${method} ${pathOf(url, base)}`
    let response: Response
    let text: string
    try {
      response = await fetch(url, {
        method,
        signal: AbortSignal.timeout(limitMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      })
      text = await answerText(response, MOST_BYTES)
    } catch (error) {
      throw new ToxiproxyTrouble(silence(base, call, limitMs, error))
    }
    if (response.ok) return text
    throw new ToxiproxyTrouble(
      `Toxiproxy at ${base} answered ${response.status} to ${call}: ${text.trim().slice(0, MOST_SHOWN) || 'nothing'}`,
      response.status,
    )
  }
  const parsed = async (method: string, url: string, body?: unknown) => {
    const text = await ask(method, url, body)
    const data = jsonOf(text, base, `${method} ${pathOf(url, base)}`)
    // Its client takes apart what it gets.
    if (typeof data !== 'object' || data === null) throw notToxiproxy(base, `${method} ${pathOf(url, base)}`)
    return { data }
  }
  return {
    get: url => parsed('GET', url),
    post: (url, body) => parsed('POST', url, body),
    delete: async url => void (await ask('DELETE', url)),
    getText: url => ask('GET', url),
  }
}

const pathOf = (url: string, base: string): string => (url.startsWith(base) ? url.slice(base.length) : url)

/** What was answered with status 200; something else than Toxiproxy may listen there. */
function jsonOf(text: string, base: string, call: string): unknown {
  const json = parseJson(text)
  if ('value' in json) return json.value
  throw notToxiproxy(base, call)
}

const notToxiproxy = (base: string, call: string): ToxiproxyTrouble =>
  new ToxiproxyTrouble(`no Toxiproxy answers at ${base} (${call}): what it says is no answer of Toxiproxy`)

function silence(base: string, call: string, limitMs: number, error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `Toxiproxy at ${base} did not answer ${call} within ${limitMs / 1000} s`
  // fetch itself says no more than `fetch failed`.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return `no Toxiproxy answers at ${base} (${call}): ${messageOf(cause)}`
}
