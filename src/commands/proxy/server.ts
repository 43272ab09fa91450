import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { realClock } from '../../clock/real.ts'
import { type Endpoint, joinAddress } from './address.ts'
import { Ledger, metricsRegistry } from './metrics.ts'
import { Proxies } from './proxies.ts'
import type { ProxyFields } from './proxy.ts'
import { apiRoutes } from './routes.ts'

export interface ServerOptions {
  /** Of the API; proxies that name no host listen at the same. Port 0: a free one. */
  readonly listen: Endpoint
  /** Proxies to begin with. */
  readonly proxies: readonly ProxyFields[]
  /** Chances (toxicity, jitter, slices) repeat for the same seed, names and order of connections. */
  readonly seed: number
  /** Of halfopen. */
  readonly version: string
}

export interface ProxyServer extends AsyncDisposable {
  /** `http://127.0.0.1:8474` */
  readonly url: string
  readonly proxies: readonly ProxyFields[]
}

/** Requests are small and come from this machine: who takes longer holds a connection for its own sake. */
const PATIENCE = { headersTimeout: 10_000, requestTimeout: 30_000 }

/** Rejects with one clear line where the API or a proxy can't listen; then nothing is left listening. */
export async function startProxyServer({ listen, proxies, seed, version }: ServerOptions): Promise<ProxyServer> {
  const ledger = new Ledger()
  const kit = { clock: realClock(), record: () => {}, random: Math.random, runId: 'proxy' }
  const collection = new Proxies({ kit, seed, defaultHost: listen.host, take: place => ledger.take(place) })
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

function refusal(listen: Endpoint, { code, message }: NodeJS.ErrnoException): string {
  const where = joinAddress(listen)
  if (code === 'EADDRINUSE') return `${where} is taken: is a Toxiproxy running? Choose another with --listen`
  return `can't listen on ${where}: ${message}`
}
