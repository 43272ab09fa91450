import type { GenericContainer, WaitStrategy } from 'testcontainers'
import { realClock } from '../../clock/real.ts'
import type { Address } from '../../link/kinds/link.ts'
import { freePort } from '../../processes/port.ts'
import { readLines } from '../../processes/program-lines.ts'
import { messageOf } from '../../text/message-of.ts'
import { CONTAINER_LABELS, run } from './removal.ts'
import type { Runtime } from './runtime.ts'

export interface ContainerContext {
  readonly image: string
  /** Ports inside. */
  readonly ports: readonly number[]
  /** It is reached at its own address, which only works beside it; nothing is published. */
  readonly direct?: boolean
  readonly environment?: Readonly<Record<string, string>>
  readonly files?: readonly { readonly target: string; readonly content: string }[]
  readonly onLine?: (line: string) => void
  /** Whether it serves; asked again and again. `at` tells where a port of it is. */
  ready(at: (port: number) => Address): Promise<boolean>
}

export interface Container extends AsyncDisposable {
  readonly at: (port: number) => Address
  pause(): Promise<void>
  unpause(): Promise<void>
  /** SIGKILL; resolves once it is gone. */
  kill(): Promise<void>
  /** Starts it again, on the same published ports; resolves once it serves. */
  start(): Promise<void>
}

const START_LIMIT_MS = 30_000
const POLL_MS = 15
const PORT_ATTEMPTS = 8
const TAKEN = /port is already allocated|address already in use|failed to bind/i

const clock = realClock()
let named = 0

/** A container of ours, once it serves. Throws with its last words where it does not. */
export async function startContainer(runtime: Runtime, context: ContainerContext): Promise<Container> {
  for (let attempt = 1; ; attempt++) {
    const name = `halfopen-${run}-${++named}`
    const way = context.direct ? direct(runtime) : await published(runtime, context.ports)
    try {
      await startOnce(runtime, context, name, way)
      return control(runtime, name, context, way)
    } catch (error) {
      await remove(runtime, name).catch(() => {})
      // A port may be taken between choosing and binding; on another machine nobody could know.
      if (attempt < PORT_ATTEMPTS && TAKEN.test(String(error))) continue
      throw new Error(`${context.image}: ${messageOf(error)}`)
    }
  }
}

async function startOnce(runtime: Runtime, context: ContainerContext, name: string, way: PortAccess): Promise<void> {
  let onExit = () => {}
  const exit = new Promise<'ended'>(resolve => {
    onExit = () => resolve('ended')
  })
  const onLine = (line: string) => context.onLine?.(line)
  // testcontainers ends a container that does not come to serve, and then `exit` is only the consequence.
  let late: unknown
  const ready = readiness(context, way, name, error => {
    late = error
  })
  const starting = build(runtime, context, { name, way, ready, onLine, onExit }).start()
  starting.catch(() => {})
  if ((await Promise.race([starting, exit])) === 'ended')
    throw late ?? new Error(`it ended at once: ${await lastWords(runtime, name)}`)
}

/** One that asks the server itself: a listening port or a line in a log say less, and both come too early. */
function readiness(
  context: ContainerContext,
  way: PortAccess,
  name: string,
  onLate: (error: Error) => void,
): WaitStrategy {
  const strategy: WaitStrategy = {
    withStartupTimeout: () => strategy,
    isStartupTimeoutSet: () => true,
    getStartupTimeout: () => START_LIMIT_MS,
    async waitUntilReady() {
      const untilMs = clock.nowMs() + START_LIMIT_MS
      await way.find(name)
      while (!(await context.ready(way.at))) {
        if (clock.nowMs() > untilMs) {
          const error = new Error(`it did not serve within ${START_LIMIT_MS / 1000} s`)
          onLate(error)
          throw error
        }
        await clock.advanceTo(clock.nowMs() + POLL_MS)
      }
    },
  }
  return strategy
}

function control(runtime: Runtime, name: string, context: ContainerContext, way: PortAccess): Container {
  const { client } = runtime
  const container = client.container.getById(name)
  let paused = false
  return {
    at: way.at,
    async pause() {
      await container.pause()
      paused = true
    },
    async unpause() {
      await container.unpause()
      paused = false
    },
    async kill() {
      const gone = container.wait({ condition: 'not-running' })
      await container.kill()
      await gone
    },
    async start() {
      await container.start()
      const { State } = await container.inspect()
      const log = await client.container.logs(container, { since: Date.parse(State.StartedAt) / 1000 })
      readLines(log, line => context.onLine?.(line))
      await readiness(context, way, name, () => {}).waitUntilReady(container, undefined as never)
    },
    async [Symbol.asyncDispose]() {
      // The engine kills what is stopped only once it goes on.
      if (paused) await container.unpause().catch(() => {})
      await remove(runtime, name)
    },
  }
}

const remove = ({ client }: Runtime, name: string): Promise<unknown> =>
  client.container.getById(name).remove({ force: true, v: true })

/** What a container that has ended said last, in one line. */
async function lastWords({ client }: Runtime, name: string): Promise<string> {
  const stream = await client.container.logs(client.container.getById(name), { follow: false, tail: 3 })
  const lines: string[] = []
  await new Promise<void>(resolve => {
    readLines(stream, line => lines.push(line.trim()))
    stream.once('close', resolve).once('end', resolve)
  })
  return lines.filter(line => line !== '').join(' ') || 'it said nothing'
}

/** How a container's ports are reached. */
interface PortAccess {
  readonly at: (port: number) => Address
  /** Published ports, from the one inside to the one outside. */
  readonly ports: ReadonlyMap<number, number>
  /** To be called once it runs. */
  find(name: string): Promise<void>
}

/** On ports of the engine's machine that are chosen here, so that they stay when the container is started again. */
async function published({ host }: Runtime, inside: readonly number[]): Promise<PortAccess> {
  const ports = new Map<number, number>()
  for (const port of inside) ports.set(port, await freePort())
  return { ports, at: port => ({ host, port: ports.get(port) ?? Number.NaN }), async find() {} }
}

/** At its own address, which may be another one when it is started again. */
function direct({ client }: Runtime): PortAccess {
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

interface Plan {
  readonly name: string
  readonly way: PortAccess
  readonly ready: WaitStrategy
  onLine(line: string): void
  /** The program in it has ended. */
  onExit(): void
}

/** A container as testcontainers starts it, with what that has no words for. */
function build(
  runtime: Runtime,
  context: ContainerContext,
  { name, way, ready, onLine, onExit }: Plan,
): GenericContainer {
  const { client, lib, isLocal } = runtime
  class LabContainer extends lib.GenericContainer {
    /** On which address a port is published. */
    protected override async beforeContainerCreated(): Promise<void> {
      const bindings = Object.entries((this.hostConfig.PortBindings ?? {}) as Record<string, { HostPort: string }[]>)
      const HostIp = isLocal ? '127.0.0.1' : '0.0.0.0'
      this.hostConfig.PortBindings = Object.fromEntries(
        bindings.map(([port, hosts]) => [port, hosts.map(host => ({ ...host, HostIp }))]),
      )
    }

    /** Where it ends at once, testcontainers would wait 10 s for its ports. */
    protected override async containerCreated(id: string): Promise<void> {
      client.container
        .getById(id)
        .wait({ condition: 'next-exit' })
        .then(onExit, () => {})
    }
  }
  const container = new LabContainer(context.image)
    .withName(name)
    .withLabels({ ...CONTAINER_LABELS })
    // Our own watchdog does it, without an image of its own and without privileges.
    .withAutoCleanup(false)
    .withExposedPorts(...[...way.ports].map(([inside, host]) => ({ container: inside, host })))
    .withWaitStrategy(ready)
    .withLogConsumer(stream => readLines(stream, onLine))
  if (context.environment) container.withEnvironment({ ...context.environment })
  if (context.files) container.withCopyContentToContainer(context.files.map(file => ({ ...file })))
  return container
}
