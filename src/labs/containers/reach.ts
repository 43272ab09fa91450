import { bridgeAddress, ownAddresses } from './bridge.ts'
import { inTime } from './patience.ts'
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
export async function reachOf(
  { client, lib, isLocal, host }: Runtime,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Reach> {
  if (env.HALFOPEN_TAP_HOST) {
    const own = ownAddresses().includes(env.HALFOPEN_TAP_HOST) ? env.HALFOPEN_TAP_HOST : '0.0.0.0'
    return { bind: env.HALFOPEN_TAP_BIND || own, host: env.HALFOPEN_TAP_HOST, beside: false }
  }
  if (client.info.containerRuntime.operatingSystem === 'Docker Desktop')
    return { bind: '127.0.0.1', host: 'host.docker.internal', beside: false }
  // In a container with the engine's socket mounted, the engine is beside us too.
  const byFile = (client.container.dockerode.modem as { readonly socketPath?: string }).socketPath !== undefined
  const beside = isLocal || byFile ? await bridgeAddress() : undefined
  if (beside) return { bind: beside, host: beside, beside: true }
  return {
    bind: '127.0.0.1',
    host: 'host.testcontainers.internal',
    beside: false,
    expose: port => tunnel(lib, port, host),
  }
}

const REMEDY = 'set HALFOPEN_TAP_HOST to the address of this machine that its containers reach'

async function tunnel(lib: Runtime['lib'], port: number, host: string): Promise<void> {
  try {
    await inTime(lib.TestContainers.exposeHostPorts(port), "starting testcontainers' sshd container", REMEDY)
  } catch (error) {
    const why = error instanceof Error ? error.message.trim() : String(error)
    throw new Error(
      `the containers at ${host} need a way back to this machine, and testcontainers' sshd container gives none (${why}): ${REMEDY}`,
    )
  }
}
