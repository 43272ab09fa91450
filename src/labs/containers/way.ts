import type { Address } from '../../link/kinds/link.ts'
import { freePort } from '../../processes/port.ts'
import type { Runtime } from './runtime.ts'

/** How a container's ports are reached. */
export interface Way {
  readonly at: (port: number) => Address
  /** Published ports, from the one inside to the one outside. */
  readonly ports: ReadonlyMap<number, number>
  /** To be called once it runs. */
  find(name: string): Promise<void>
}

/** On ports of the engine's machine that are chosen here, so that they stay when the container is started again. */
export async function published({ host }: Runtime, inside: readonly number[]): Promise<Way> {
  const ports = new Map<number, number>()
  for (const port of inside) ports.set(port, await freePort())
  return { ports, at: port => ({ host, port: ports.get(port) ?? Number.NaN }), async find() {} }
}

/** At its own address, which may be another one when it is started again. */
export function direct({ client }: Runtime): Way {
  let host = ''
  return {
    ports: new Map(),
    at: port => ({ host, port }),
    async find(name) {
      const { NetworkSettings } = await client.container.getById(name).inspect()
      host = Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? ''
    },
  }
}
