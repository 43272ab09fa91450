import { existsSync } from 'node:fs'
import { bridgeAddress, ownAddresses } from './bridge.ts'
import type { Runtime } from './runtime.ts'

/** How a container finds the far tap, which is in this process. */
export interface Reach {
  /** The address of this machine to listen on. */
  readonly bind: string
  /** Its name in a container. */
  readonly host: string
  /** Containers are in reach at their own addresses too. */
  readonly beside: boolean
  /** To be called with the port before the container is started. */
  readonly expose?: (port: number) => Promise<void>
}

/**
 * - told so: `HALFOPEN_TAP_HOST` is this machine as the containers see it, `HALFOPEN_TAP_BIND` where to listen for them.
 * - the engine is here, on Linux: our own address in the network of its bridge, which no other machine reaches.
 * - Docker Desktop: it forwards `host.docker.internal` to 127.0.0.1.
 * - anything else, as an engine on another machine: a tunnel back through testcontainers' sshd container.
 */
export async function reachOf({ client, lib, isLocal }: Runtime, env: NodeJS.ProcessEnv = process.env): Promise<Reach> {
  if (env.HALFOPEN_TAP_HOST) {
    const own = ownAddresses().includes(env.HALFOPEN_TAP_HOST) ? env.HALFOPEN_TAP_HOST : '0.0.0.0'
    return { bind: env.HALFOPEN_TAP_BIND || own, host: env.HALFOPEN_TAP_HOST, beside: false }
  }
  if (client.info.containerRuntime.operatingSystem === 'Docker Desktop')
    return { bind: '127.0.0.1', host: 'host.docker.internal', beside: false }
  const beside = isLocal || existsSync('/.dockerenv') ? await bridgeAddress() : undefined
  if (beside) return { bind: beside, host: beside, beside: true }
  return {
    bind: '127.0.0.1',
    host: 'host.testcontainers.internal',
    beside: false,
    expose: port => lib.TestContainers.exposeHostPorts(port),
  }
}
