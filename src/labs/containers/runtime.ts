import { lookup } from 'node:dns/promises'
import type * as Testcontainers from 'testcontainers'
import type { ContainerRuntimeClient } from 'testcontainers'
import { isOurs } from './bridge.ts'

/** testcontainers, and the Docker engine that it found. */
export interface Runtime {
  readonly lib: typeof Testcontainers
  readonly client: ContainerRuntimeClient
  /** Where its published ports are in reach: an IPv4 address, since those of IPv6 may be others. */
  readonly host: string
  /** The engine is on this machine: its published ports need not be in reach of any other. */
  readonly isLocal: boolean
}

let known: Promise<Runtime> | undefined

/** Loaded at the first call, since it takes a quarter of a second. Throws where there is no engine. */
export function runtime(): Promise<Runtime> {
  known ??= load()
  known.catch(() => {
    known = undefined
  })
  return known
}

async function load(): Promise<Runtime> {
  const lib = await import('testcontainers')
  const client = await lib.getContainerRuntimeClient()
  const { address } = await lookup(client.info.containerRuntime.host, { family: 4 })
  const isLocal = await isOurs(address)
  return { lib, client, host: isLocal ? '127.0.0.1' : address, isLocal }
}
