import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { realClock } from '../../clock/real.ts'
import { FLOWS } from '../../model/flow.ts'
import { type HostPort, joinAddress } from '../../text/address.ts'
import type { ProxyFields, TrafficPlace } from './proxy.ts'
import { Proxies } from './proxy-set.ts'
import { newTraffic, type ProxyTraffic, STREAMS } from './proxy-traffic.ts'
import { apiRoutes } from './routes.ts'

export interface ServerOptions {
  /** Of the API; proxies that name no host listen at the same. Port 0: a free one. */
  readonly listen: HostPort
  /** Proxies to begin with. */
  readonly proxies: readonly ProxyFields[]
  /** Chances (toxicity, jitter, slices) repeat for the same seed, names and order of connections. */
  readonly seed: number
  /** Of halfopen. */
  readonly version: string
  /** Told of broken TLS; absent: nobody. */
  readonly note?: (text: string) => void
}

export interface ProxyServer extends AsyncDisposable {
  /** `http://127.0.0.1:8474` */
  readonly url: string
  readonly proxies: readonly ProxyFields[]
}

/** Requests are small and come from this machine: who takes longer holds a connection for its own sake. */
const PATIENCE = { headersTimeout: 10_000, requestTimeout: 30_000 }

/** Rejects with one clear line where the API or a proxy can't listen; then nothing is left listening. */
export async function startProxyServer({ note = () => {}, ...options }: ServerOptions): Promise<ProxyServer> {
  const { listen, proxies, seed, version } = options
  const ledger = new Ledger()
  const kit = { clock: realClock(), record: () => {}, random: Math.random, runId: 'proxy' }
  const collection = new Proxies({ kit, seed, defaultHost: listen.host, note, take: place => ledger.take(place) })
  const registry = metricsRegistry(ledger, collection)
  const metrics = async () => ({ type: registry.contentType, text: await registry.metrics() })
  const app = apiRoutes({ proxies: collection, version, metrics, ownHost: listen.host })
  const server = createAdaptorServer({ fetch: app.fetch, hostname: listen.host, serverOptions: PATIENCE })
  const stop = async () => {
    await Promise.all(collection.all().map(proxy => proxy.stop()))
    server.close()
    if ('closeAllConnections' in server) server.closeAllConnections()
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(new Error(refusal(listen, error))))
    server.listen(listen.port, listen.host, () => resolve())
  })
  const { trouble } = await collection.populate(() => proxies)
  if (trouble) {
    await stop()
    throw new Error(`a proxy of the configuration can't listen: ${trouble.message}`)
  }
  const { address, port } = server.address() as AddressInfo
  return {
    url: `http://${joinAddress({ host: address, port })}`,
    proxies: collection.all().map(proxy => proxy.fields),
    [Symbol.asyncDispose]: stop,
  }
}

function refusal(listen: HostPort, { code, message }: NodeJS.ErrnoException): string {
  const where = joinAddress(listen)
  if (code === 'EADDRINUSE') return `${where} is taken: is a Toxiproxy running? Choose another with --listen`
  return `can't listen on ${where}: ${message}`
}

/** Places that no proxy has any more: who makes a proxy for each test, at a port of the system's choice, fills no memory. */
const MOST_PAST = 100

interface Line {
  readonly place: TrafficPlace
  readonly traffic: ProxyTraffic
  /** Proxies that are there now. */
  users: number
}

/**
 * What the proxies carried, by name and addresses. It outlives them, as counters must: one that is created again at the
 * same addresses goes on counting, as long as it is among the last hundred that were taken away.
 */
export class Ledger {
  readonly #lines = new Map<string, Line>()

  /** Call `release` once the proxy is not there any more. */
  take(place: TrafficPlace): { readonly traffic: ProxyTraffic; release(): void } {
    const key = JSON.stringify(place)
    const line = this.#lines.get(key) ?? { place, traffic: newTraffic(), users: 0 }
    this.#lines.set(key, line)
    line.users++
    let held = true
    const release = () => {
      if (!held) return
      held = false
      line.users--
      // The last one that was taken away stands last.
      this.#lines.delete(key)
      this.#lines.set(key, line)
      this.#forgetOldest()
    }
    return { traffic: line.traffic, release }
  }

  lines(): readonly Pick<Line, 'place' | 'traffic'>[] {
    return [...this.#lines.values()]
  }

  #forgetOldest(): void {
    const past = [...this.#lines].filter(([, { users }]) => users === 0)
    for (const [key] of past.slice(0, -MOST_PAST)) this.#lines.delete(key)
  }
}

const PLACE_LABELS = ['proxy', 'listener', 'upstream'] as const

/** Prometheus text: Toxiproxy's names, with values that are true while connections live; ours; and Node's. */
function metricsRegistry(ledger: Ledger, proxies: Proxies): Registry {
  const register = new Registry()
  collectDefaultMetrics({ register })
  const bytes = (name: 'received' | 'sent', help: string) =>
    new Counter({
      name: `toxiproxy_proxy_${name}_bytes_total`,
      help,
      labelNames: ['direction', ...PLACE_LABELS],
      registers: [register],
      collect() {
        this.reset()
        for (const { place, traffic } of ledger.lines())
          for (const flow of FLOWS) this.inc({ direction: STREAMS[flow], ...place }, traffic[name][flow])
      },
    })
  bytes('received', 'Bytes that a proxy has read from this direction')
  bytes('sent', 'Bytes that a proxy has written in this direction')
  new Counter({
    name: 'halfopen_proxy_connections_total',
    help: 'Connections that a proxy has accepted',
    labelNames: PLACE_LABELS,
    registers: [register],
    collect() {
      this.reset()
      for (const { place, traffic } of ledger.lines()) this.inc({ ...place }, traffic.connections)
    },
  })
  new Gauge({
    name: 'halfopen_proxy_connections',
    help: 'Connections that a proxy has now, ghosts included: those with one end only',
    labelNames: ['proxy'],
    registers: [register],
    collect() {
      this.reset()
      for (const proxy of proxies.all()) this.set({ proxy: proxy.name }, proxy.connections)
    },
  })
  new Gauge({
    name: 'halfopen_proxy_toxics',
    help: 'Toxics that a proxy has now',
    labelNames: ['proxy'],
    registers: [register],
    collect() {
      this.reset()
      for (const proxy of proxies.all()) this.set({ proxy: proxy.name }, proxy.toxics.all().length)
    },
  })
  return register
}
