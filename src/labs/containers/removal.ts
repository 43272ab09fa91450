import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { guardCommand, me, ownerIn, stateOf } from '../../processes/reaper.ts'
import type { Runtime } from './runtime.ts'

type Docker = Runtime['client']['container']['dockerode']

const RUN = 'dev.halfopen.run'
const OWNER = 'dev.halfopen.owner'

/** One for each process: everything that it starts bears it. */
export const run = randomBytes(6).toString('hex')

/** On every container and network of ours. */
export const CONTAINER_LABELS: Readonly<Record<string, string>> = { [RUN]: run, [OWNER]: JSON.stringify(me) }

/**
 * Removes every container and network with this label. It runs in the watchdog's process too, from its text, so it may use
 * nothing but its parameters. What the engine was asked for just before its asker died comes up a moment later: so it
 * looks until it has found nothing `quiet` times in a row.
 */
async function removeLabelled(docker: Docker, label: string, quiet: number, pause: () => void): Promise<void> {
  const filters = JSON.stringify({ label: [label] })
  for (let found = 0, round = 0; found < quiet && round < 100; round++) {
    const containers = await docker.listContainers({ all: true, filters })
    for (const { Id } of containers)
      await docker
        .getContainer(Id)
        .remove({ force: true, v: true })
        .catch(() => {})
    const networks = await docker.listNetworks({ filters })
    for (const { Id } of networks)
      await docker
        .getNetwork(Id)
        .remove()
        .catch(() => {})
    found = containers.length + networks.length === 0 ? found + 1 : 0
    if (found < quiet) pause()
  }
}

/** Everything of this process is removed when the process has ended, in whatever way. Call the result once nothing is left. */
export function guardContainers({ client }: Runtime): () => void {
  const { socketPath, host, port, protocol } = client.container.dockerode.modem as Modem
  const where = socketPath ? { socketPath } : { host, port, protocol }
  const dockerode = createRequire(createRequire(import.meta.url).resolve('testcontainers')).resolve('dockerode')
  // Certificates, where there are any, come from DOCKER_CERT_PATH: a key must not stand in a command line.
  const program = `const Docker = require(${JSON.stringify(dockerode)})
const docker = new Docker(process.env.DOCKER_TLS_VERIFY === '1' ? undefined : ${JSON.stringify(where)})
const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
;(${removeLabelled})(docker, ${JSON.stringify(`${RUN}=${run}`)}, 4, pause)`
  return guardCommand(process.execPath, ['-e', program])
}

interface Modem {
  readonly socketPath?: string
  readonly host?: string
  readonly port?: string
  readonly protocol?: string
}

/** Removes what earlier runs of this machine left, whose process is gone. It should be nothing: the watchdog was there. */
export async function sweepStale({ client: { container } }: Runtime): Promise<void> {
  const { dockerode } = container
  const filters = JSON.stringify({ label: [RUN] })
  const containers = await dockerode.listContainers({ all: true, filters })
  const networks = await dockerode.listNetworks({ filters })
  const stale = [...containers, ...networks].flatMap(({ Labels = {} }) =>
    isStale(Labels[OWNER]) ? [Labels[RUN] ?? ''] : [],
  )
  for (const label of new Set(stale)) await removeLabelled(dockerode, `${RUN}=${label}`, 1, () => {})
}

/** Of another machine that uses the same engine nobody here can tell. */
function isStale(text: string | undefined): boolean {
  const owner = ownerIn(text)
  return owner !== undefined && stateOf(owner) === 'gone'
}
