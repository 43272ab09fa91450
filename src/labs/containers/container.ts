import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { StartedTestContainer, WaitStrategy } from 'testcontainers'
import { freePort } from '../../brokers/port.ts'
import { realClock } from '../../clock/real.ts'
import type { Address } from '../../links/link.ts'
import { LABELS, run } from './removal.ts'
import type { Runtime } from './runtime.ts'

export interface ContainerSeat {
  readonly image: string
  /** Ports inside; each is published on one outside that stays the same when it is started again. */
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
  /** Starts it again, on the same ports; resolves once it serves. */
  start(): Promise<void>
  /** As it was asked of the engine. */
  readonly started: StartedTestContainer
}

const START_LIMIT_MS = 30_000
const POLL_MS = 15
const PORT_ATTEMPTS = 8
const TAKEN = /port is already allocated|address already in use|failed to bind/i

const clock = realClock()

/** A container of ours, once it serves. Throws with the last lines of its log where it does not. */
export async function startContainer(runtime: Runtime, seat: ContainerSeat): Promise<Container> {
  const lines: string[] = []
  const onLine = (line: string) => {
    lines.push(line)
    if (lines.length > 20) lines.shift()
    seat.onLine?.(line)
  }
  for (let attempt = 1; ; attempt++) {
    const name = `halfopen-${run}-${++named}`
    const way = seat.direct ? direct(runtime, name) : await published(runtime, seat.ports)
    try {
      const ready = readiness(() => seat.ready(way.at), lines, way.find)
      const started = await build(runtime, seat, name, way.ports, ready, onLine).start()
      return control(runtime, started, seat, way.at, onLine)
    } catch (error) {
      await runtime.client.container
        .getById(name)
        .remove({ force: true, v: true })
        .catch(() => {})
      // A port may be taken between choosing and binding; on another machine nobody could know.
      if (attempt === PORT_ATTEMPTS || !TAKEN.test(String(error))) throw new Error(`${seat.image}: ${messageOf(error)}`)
    }
  }
}

let named = 0

/** How a container's ports are reached. */
interface Way {
  readonly at: (port: number) => Address
  readonly ports: ReadonlyMap<number, number>
  /** To be called once it runs. */
  readonly find?: () => Promise<void>
}

async function published({ host }: Runtime, inside: readonly number[]): Promise<Way> {
  const ports = new Map<number, number>()
  for (const port of inside) ports.set(port, await freePort())
  return { ports, at: port => ({ host, port: ports.get(port) ?? Number.NaN }) }
}

function direct({ client }: Runtime, name: string): Way {
  let host = ''
  return {
    ports: new Map(),
    at: port => ({ host, port }),
    async find() {
      const { NetworkSettings } = await client.container.getById(name).inspect()
      host = Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? ''
    },
  }
}

function build(
  { lib, isLocal }: Runtime,
  { image, environment, files }: ContainerSeat,
  name: string,
  hostPorts: ReadonlyMap<number, number>,
  ready: WaitStrategy,
  onLine: (line: string) => void,
) {
  /** testcontainers can't say on which address a port is published. */
  class Bound extends lib.GenericContainer {
    protected override async beforeContainerCreated(): Promise<void> {
      const bindings = Object.entries((this.hostConfig.PortBindings ?? {}) as Record<string, { HostPort: string }[]>)
      const HostIp = isLocal ? '127.0.0.1' : '0.0.0.0'
      this.hostConfig.PortBindings = Object.fromEntries(
        bindings.map(([port, hosts]) => [port, hosts.map(host => ({ ...host, HostIp }))]),
      )
    }
  }
  const container = new Bound(image)
    .withName(name)
    .withLabels({ ...LABELS })
    // Our own watchdog does it, without an image of its own and without privileges.
    .withAutoCleanup(false)
    .withExposedPorts(...[...hostPorts].map(([inside, host]) => ({ container: inside, host })))
    .withWaitStrategy(ready)
    .withLogConsumer(stream => readLines(stream, onLine))
  if (environment) container.withEnvironment({ ...environment })
  if (files) container.withCopyContentToContainer(files.map(file => ({ ...file })))
  return container
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  stream.on('error', () => {})
  createInterface({ input: stream }).on('line', onLine)
}

/** One that asks the server itself: a listening port or a line in a log say less, and both come too early. */
function readiness(ready: () => Promise<boolean>, lines: readonly string[], find?: () => Promise<void>): WaitStrategy {
  const strategy: WaitStrategy = {
    withStartupTimeout: () => strategy,
    isStartupTimeoutSet: () => true,
    getStartupTimeout: () => START_LIMIT_MS,
    async waitUntilReady(container) {
      const untilMs = clock.nowMs() + START_LIMIT_MS
      await find?.()
      for (let tries = 1; !(await ready()); tries++) {
        // Now and then, since it costs the engine more than it costs us.
        const gone = tries % 10 === 0 && !(await container.inspect()).State.Running
        if (gone) throw new Error(`it ended at once: ${lines.slice(-3).join(' ') || 'it said nothing'}`)
        if (clock.nowMs() > untilMs)
          throw new Error(`it did not serve within ${START_LIMIT_MS / 1000} s: ${lines.at(-1) ?? 'it said nothing'}`)
        await clock.advanceTo(clock.nowMs() + POLL_MS)
      }
    },
  }
  return strategy
}

function control(
  { client }: Runtime,
  started: StartedTestContainer,
  seat: ContainerSeat,
  at: (port: number) => Address,
  onLine: (line: string) => void,
): Container {
  const container = client.container.getById(started.getId())
  let paused = false
  return {
    at,
    started,
    async pause() {
      await container.pause()
      paused = true
    },
    async unpause() {
      await container.unpause()
      paused = false
    },
    async kill() {
      await container.kill()
      await container.wait()
    },
    async start() {
      await container.start()
      const { State } = await container.inspect()
      readLines(await client.container.logs(container, { since: Date.parse(State.StartedAt) / 1000 }), onLine)
      await readiness(() => seat.ready(at), []).waitUntilReady(container, undefined as never)
    },
    async [Symbol.asyncDispose]() {
      // The engine kills what is stopped only once it goes on.
      if (paused) await container.unpause().catch(() => {})
      await container.remove({ force: true, v: true })
    },
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
