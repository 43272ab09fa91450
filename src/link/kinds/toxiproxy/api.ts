import { Toxiproxy } from 'toxiproxy-node-client'
import type { Flow } from '../../../model/flow.ts'
import { jsonOf, notToxiproxy, transport } from './transport.ts'

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
