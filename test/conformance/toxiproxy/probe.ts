import { type Proxy as ProxyClient, type Toxic, Toxiproxy } from 'toxiproxy-node-client'
import { type Answer, raw, type Seen, seen } from './http.ts'
import { dial, type Peer, startUpstream } from './peer.ts'
import type { Asked, Kind } from './servers.ts'

/** Something that can be observed of a server, and what Toxiproxy 2.12.0 shows. */
export interface Probe {
  /** A claim; differences.ts refers to it. */
  readonly name: string
  /** As JSON. Times are given as the expected one where they are within the tolerance, see `near`. */
  readonly expected: unknown
  observe(kind: Kind): Promise<unknown>
}

/** How late a thing may be on a busy machine; early it may be by a millisecond, since Go and Node count differently. */
export const LATE_MS = 80
const EARLY_MS = 3

/** A machine that is busy with something else makes a thing late now and then; what really differs differs each time. */
export const ON_BUSY_MACHINES = { retry: 2 }

/** `200 ms` where it took about that long, else what it took. */
export function near(tookMs: number, expectedMs: number, lateMs = LATE_MS): string {
  const isNear = tookMs >= expectedMs - EARLY_MS && tookMs <= expectedMs + lateMs
  return `${isNear ? expectedMs : Math.round(tookMs)} ms`
}

/** A server of its own, and raw requests to it. */
export interface Api {
  readonly url: string
  readonly client: Toxiproxy
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Seen>
  raw(method: string, path: string, body?: string, headers?: Record<string, string>): Promise<Answer>
}

export async function withApi<T>(kind: Kind, act: (api: Api) => Promise<T>, asked?: Asked): Promise<T> {
  const server = await kind.start(asked)
  try {
    const { url } = server
    return await act({
      url,
      client: new Toxiproxy(url),
      raw: (method, path, body, headers) => raw(url, method, path, body, headers),
      ask: async (method, path, body, headers) =>
        seen(await raw(url, method, path, typeof body === 'object' ? JSON.stringify(body) : body?.toString(), headers)),
    })
  } finally {
    await server[Symbol.asyncDispose]()
  }
}

export interface ToxicBody {
  readonly type: string
  readonly name?: string
  readonly stream?: 'upstream' | 'downstream'
  readonly toxicity?: number
  readonly attributes?: Readonly<Record<string, unknown>>
}

/** A proxy between two raw sockets. */
export interface Path {
  readonly api: Api
  readonly proxy: ProxyClient
  readonly port: number
  add(toxic: ToxicBody): Promise<Toxic<unknown>>
  update(name: string, change: object): Promise<Answer>
  /** A connection, once both its ends are there. */
  open(): Promise<{ readonly client: Peer; readonly upstream: Peer }>
}

export function withPath<T>(kind: Kind, act: (path: Path) => Promise<T>, asked?: Asked): Promise<T> {
  return withApi(
    kind,
    async api => {
      const server = await startUpstream()
      const clients: Peer[] = []
      const proxy = await api.client.createProxy({
        name: 'p',
        listen: '127.0.0.1:0',
        upstream: `127.0.0.1:${server.port}`,
      })
      const port = Number(proxy.listen.split(':')[1])
      const path: Path = {
        api,
        proxy,
        port,
        // The client's types want every field; the API does not.
        add: toxic => proxy.addToxic(toxic as Parameters<typeof proxy.addToxic>[0]),
        update: (name, change) => api.raw('PATCH', `/proxies/p/toxics/${name}`, JSON.stringify(change)),
        async open() {
          const [client, upstream] = await Promise.all([dial(port), server.next()])
          clients.push(client)
          return { client, upstream }
        },
      }
      try {
        return await act(path)
      } finally {
        for (const { socket } of clients) socket.destroy()
        await server[Symbol.asyncDispose]()
      }
    },
    asked,
  )
}
