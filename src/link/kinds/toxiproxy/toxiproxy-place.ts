import type { Address } from '../link.ts'
import type { Api, RealProxy } from './api.ts'
import type { Landing } from './landing.ts'

/** Where a new proxy may listen, and how the near tap gets there. */
export interface Port {
  /** As Toxiproxy is told: `127.0.0.1:0`. */
  readonly listen: string
  /** Where the near tap dials, given where Toxiproxy says that it listens. */
  dial(listen: string): Address
  /** It listens there no more. */
  release(): void
}

/** Hands out ports. Throws where none is left. */
export type Ports = () => Promise<Port>

/** A Toxiproxy in reach: its API, the far tap that it dials, and room for proxies. Disposing it ends our use of it. */
export interface ToxiproxyPlace extends AsyncDisposable {
  readonly api: Api
  readonly landing: Landing
  /** The far tap as Toxiproxy reaches it: `host:port`. */
  readonly upstream: string
  readonly ports: Ports
}

/** Toxiproxy chooses. For one whose every port is in reach. */
export const anyPort =
  (listenHost: string, dialHost: string): Ports =>
  async () => ({
    listen: `${listenHost}:0`,
    dial: listen => ({ host: dialHost, port: Number(listen.slice(listen.lastIndexOf(':') + 1)) }),
    release() {},
  })

/** Only these, as with a container: `mapped` says where each is in reach. */
export function fixedPorts(ports: readonly number[], listenHost: string, mapped: (port: number) => Address): Ports {
  const free = [...ports]
  return async () => {
    const port = free.shift()
    if (port === undefined) throw new Error(`all ${ports.length} ports of this Toxiproxy are taken`)
    return { listen: `${listenHost}:${port}`, dial: () => mapped(port), release: () => void free.push(port) }
  }
}

export interface ToxiproxyEntrance extends AsyncDisposable {
  readonly proxy: RealProxy
  readonly address: Address
}

const TAKEN = /address already in use|port is already allocated/
/** A Toxiproxy that others use too may have proxies of theirs on these ports. */
const ATTEMPTS = 50

/** A proxy to the far tap. Disposing it removes it. */
export async function openEntrance({ api, upstream, ports }: ToxiproxyPlace, name: string): Promise<ToxiproxyEntrance> {
  const taken: Port[] = []
  try {
    for (;;) {
      const port = await ports()
      try {
        const proxy = await api.createProxy(name, port.listen, upstream)
        const address = port.dial(proxy.listen)
        const remove = async () => {
          await proxy.remove()
          port.release()
        }
        return { proxy, address, [Symbol.asyncDispose]: remove }
      } catch (error) {
        taken.push(port)
        if (taken.length === ATTEMPTS || !TAKEN.test(String(error))) throw error
      }
    }
  } finally {
    for (const port of taken) port.release()
  }
}
