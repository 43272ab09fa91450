import { type Proxy as ProxyClient, type Toxic, Toxiproxy } from 'toxiproxy-node-client'
import type { Time } from '../../doubt/test.ts'
import { clock } from '../../doubt/watch.ts'
import { type Answer, raw, type Seen, seen } from './http.ts'
import { dial, type Peer, startUpstream } from './peer.ts'
import type { Asked, Kind } from './servers.ts'

/** Something that can be observed of a server, and what Toxiproxy 2.12.0 shows. */
export interface Probe {
  /** A claim; differences.ts refers to it. */
  readonly name: string
  /** As JSON. Times are given as the expected one where they are within the tolerance, see `Path.near`. */
  readonly expected: unknown
  observe(kind: Kind, time: Time): Promise<unknown>
  /** Of what only toxics do: the same on ours without a server, in virtual time. */
  observeVirtual?(): Promise<unknown>
}

/** A server of its own, and raw requests to it. */
export interface Api {
  readonly url: string
  readonly client: Toxiproxy
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Seen>
  raw(method: string, path: string, body?: string, headers?: Record<string, string>): Promise<Answer>
}

export async function withApi<T>(kind: Kind, time: Time, act: (api: Api) => Promise<T>, asked?: Asked): Promise<T> {
  const server = await kind.start(asked)
  time.alsoOf(server.pid)
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

/** A proxy between two peers, on a clock. */
export interface Path {
  add(toxic: ToxicBody): Promise<{ readonly attributes: unknown; remove(): Promise<unknown> }>
  update(name: string, change: object): Promise<unknown>
  /** A connection, once both its ends are there. */
  open(): Promise<{ readonly client: Peer; readonly upstream: Peer }>
  nowMs(): number
  /** So long that what has not come by then does not come. */
  rest(ms: number): Promise<void>
  /** Acts so often, every so many milliseconds; less than `lessThanMs` apart, or it can't be told. */
  paced(count: number, everyMs: number, lessThanMs: number, act: () => void): Promise<void>
  /** `200 ms` where it took about that long from one moment to the other, else what it took. */
  near(fromMs: number, toMs: number, expectedMs: number): string
  within(fromMs: number, toMs: number, earliestMs: number, latestMs: number): boolean
}

/** On raw sockets, with the server's API beside it. */
export interface ServerPath extends Path {
  readonly api: Api
  readonly proxy: ProxyClient
  readonly port: number
  add(toxic: ToxicBody): Promise<Toxic<unknown>>
}

/** How late a thing may be on a calm machine; early it may be by a few milliseconds, since Go and Node count differently. */
export const LATE_MS = 80
export const EARLY_MS = 3
/** What is wrong is wrong by 300 ms and more: so much of what both programs were late, as measured, leaves that to be seen. */
const SPARE_MS = 150

export function withPath<T>(kind: Kind, time: Time, act: (path: ServerPath) => Promise<T>, asked?: Asked): Promise<T> {
  return withApi(
    kind,
    time,
    async api => {
      const server = await startUpstream()
      const clients: Peer[] = []
      const proxy = await api.client.createProxy({
        name: 'p',
        listen: '127.0.0.1:0',
        upstream: `127.0.0.1:${server.port}`,
      })
      const port = Number(proxy.listen.split(':')[1])
      const path: ServerPath = {
        ...realPath(time),
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
        for (const client of clients) client.drop()
        await server[Symbol.asyncDispose]()
      }
    },
    asked,
  )
}

/** Its bands are made of what is late on a calm machine, and of how long the peers and the server stood still, as measured. */
function realPath(time: Time): Pick<Path, 'nowMs' | 'rest' | 'paced' | 'near' | 'within'> {
  const within = (fromMs: number, toMs: number, earliestMs: number, latestMs: number) => {
    const claim = { earliestMs: earliestMs - EARLY_MS, latestMs: latestMs + LATE_MS, spareMs: SPARE_MS }
    return time.holds('a step of the probe', toMs - fromMs, claim, time.doubt(fromMs, toMs))
  }
  return {
    nowMs: () => clock.nowMs(),
    rest: ms => time.rest(ms),
    async paced(count, everyMs, lessThanMs, act) {
      for (let done = 0; done < count; done++) {
        act()
        const fromMs = clock.nowMs()
        await clock.advanceTo(fromMs + everyMs)
        time.must('a pause between two steps of the probe', fromMs, { latestMs: lessThanMs })
      }
    },
    near: (fromMs, toMs, expectedMs) =>
      `${within(fromMs, toMs, expectedMs, expectedMs) ? expectedMs : Math.round(toMs - fromMs)} ms`,
    within,
  }
}
