import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import type { Kit } from '../../clock/kit.ts'
import { Hub } from '../../link/pipe/hub.ts'
import { type Relay, startRelay } from '../../link/pipe/relay.ts'
import { type HostPort, joinAddress, splitAddress } from '../../text/address.ts'
import { ApiError, netTrouble } from './body.ts'
import { openTls, type ProxyTls } from './proxy-tls.ts'
import { newTraffic, type ProxyTraffic, TrafficWatch } from './proxy-traffic.ts'
import { Toxics, type ToxicView } from './toxic-list.ts'

/** What all proxies of one server share. */
export interface ProxyContext {
  readonly kit: Kit
  readonly seed: number
  /** For proxies that name no host. */
  readonly defaultHost: string
  /** A broken handshake, in words without a secret. */
  note(text: string): void
  /** The counters of a proxy at these addresses: the same for the same, as long as they are not released for long. */
  take(place: TrafficPlace): { readonly traffic: ProxyTraffic; release(): void }
}

export interface TrafficPlace {
  readonly proxy: string
  readonly listener: string
  readonly upstream: string
}

export interface ProxyFields {
  readonly name: string
  readonly listen: string
  readonly upstream: string
  readonly enabled: boolean
  /** Absent: bytes pass as they are, TLS too. */
  readonly tls?: ProxyTls
}

/** As the API shows it, in this order. `tls.ca`: whom clients have to trust, PEM. */
export interface ProxyView extends ProxyFields {
  readonly toxics: readonly ToxicView[]
}

/** One listener, its upstream and its toxics. Whoever calls sees to it that changes come one after another. */
export class NamedProxy {
  readonly name: string
  readonly toxics: Toxics
  readonly #context: ProxyContext
  readonly #hub: Hub
  #listen: string
  #upstream: string
  #tls: ProxyTls | undefined
  #ca: string | undefined
  #counters: ReturnType<ProxyContext['take']> = { traffic: newTraffic(), release: () => {} }
  #relay: Relay | undefined

  constructor(context: ProxyContext, { name, listen, upstream, tls }: Omit<ProxyFields, 'enabled'>) {
    this.name = name
    this.#context = context
    this.#listen = listen
    this.#upstream = upstream
    this.#tls = tls
    this.#hub = new Hub(context.kit, { latencyMs: 0, jitterMs: 0 }, () => new TrafficWatch(this.#counters.traffic))
    this.toxics = new Toxics(this.#hub, name, context.seed)
  }

  get fields(): ProxyFields {
    const own = { name: this.name, listen: this.#listen, upstream: this.#upstream, enabled: this.#relay !== undefined }
    return this.#tls === undefined ? own : { ...own, tls: this.#tls }
  }

  get view(): ProxyView {
    const { tls, ...fields } = this.fields
    const shown = tls && { ...tls, ...(this.#ca !== undefined && { ca: this.#ca }) }
    return { ...fields, ...(shown && { tls: shown }), toxics: this.toxics.all() }
  }

  get connections(): number {
    return this.#hub.size
  }

  /** Does nothing where it is enabled already. Throws an ApiError in Go's words. */
  async start(): Promise<void> {
    if (this.#relay) return
    const asked = await resolveListen(this.#listen, this.#context.defaultHost).catch(listenTrouble)
    const upstream = upstreamOf(this.#upstream)
    const { note } = this.#context
    const opened =
      this.#tls && (await openTls({ tls: this.#tls, upstream, note: text => note(`${this.name}: ${text}`) }))
    const place = { ...asked, layer: opened?.layer }
    this.#relay = await startRelay(this.#hub, upstream, place).catch(error => refused(asked, error))
    this.#ca = opened?.ca
    this.#listen = joinAddress(this.#relay.address)
    this.#counters = this.#context.take({ proxy: this.name, listener: this.#listen, upstream: this.#upstream })
  }

  /** Closes the listener and every connection, at once; toxics stay. */
  async stop(): Promise<void> {
    const relay = this.#relay
    this.#relay = undefined
    await relay?.[Symbol.asyncDispose]()
    this.#counters.release()
  }

  /** Another address, or other TLS, means a restart: connections are dropped, toxics stay. */
  async update({ enabled, ...asked }: ProxyFields): Promise<void> {
    if (await this.differsFrom(asked)) {
      await this.stop()
      this.#listen = asked.listen
      this.#upstream = asked.upstream
      this.#tls = asked.tls
    }
    if (enabled) await this.start()
    else await this.stop()
  }

  /** `localhost` and 127.0.0.1 are the same; port 0 never is. */
  async differsFrom({ listen, upstream, tls }: Omit<ProxyFields, 'name' | 'enabled'>): Promise<boolean> {
    const resolved = await resolveListen(listen, this.#context.defaultHost)
    const isSame = this.#listen === joinAddress(resolved) && this.#upstream === upstream
    return !isSame || !isDeepStrictEqual(this.#tls, tls)
  }
}

function listenTrouble(error: unknown): never {
  throw error instanceof ApiError ? netTrouble(`listen tcp: ${error.message}`) : error
}

const GO_WORDS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EACCES: 'permission denied',
}

function refused(asked: HostPort, error: Error): never {
  const { code = '' } = Object(error.cause) as NodeJS.ErrnoException
  throw netTrouble(`listen tcp ${joinAddress(asked)}: bind: ${GO_WORDS[code] ?? error.message}`)
}

function asNetTrouble(text: string): HostPort {
  try {
    return splitAddress(text)
  } catch (error) {
    throw netTrouble((error as Error).message)
  }
}

/** Where `text` would listen. Without a host: at `defaultHost`, and without anything: on a free port there. */
async function resolveListen(text: string, defaultHost: string): Promise<HostPort> {
  const { host, port } = text === '' ? { host: '', port: 0 } : asNetTrouble(text)
  return { host: host === '' ? defaultHost : await resolveHost(host), port }
}

async function resolveHost(host: string): Promise<string> {
  if (isIP(host) !== 0) return host
  try {
    // Go prefers IPv4 for a name that has both.
    return (await lookup(host, { order: 'ipv4first' })).address
  } catch {
    throw netTrouble(`lookup ${host}: no such host`)
  }
}

/** Where to dial. What can't be an address is dialled all the same, and refused then, as Toxiproxy does it. */
function upstreamOf(text: string): HostPort {
  try {
    return splitAddress(text)
  } catch {
    return { host: text, port: 0 }
  }
}
