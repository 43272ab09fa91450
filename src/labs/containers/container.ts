import type { WaitStrategy } from 'testcontainers'
import { realClock } from '../../clock/real.ts'
import type { Address } from '../../link/kinds/link.ts'
import { readLines } from '../../processes/program-lines.ts'
import { build } from './build.ts'
import { lastWords } from './log.ts'
import { run } from './removal.ts'
import type { Runtime } from './runtime.ts'
import { direct, published, type Way } from './way.ts'

export interface ContainerSeat {
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
export async function startContainer(runtime: Runtime, seat: ContainerSeat): Promise<Container> {
  for (let attempt = 1; ; attempt++) {
    const name = `halfopen-${run}-${++named}`
    const way = seat.direct ? direct(runtime) : await published(runtime, seat.ports)
    try {
      await startOnce(runtime, seat, name, way)
      return control(runtime, name, seat, way)
    } catch (error) {
      await remove(runtime, name).catch(() => {})
      // A port may be taken between choosing and binding; on another machine nobody could know.
      if (attempt < PORT_ATTEMPTS && TAKEN.test(String(error))) continue
      throw new Error(`${seat.image}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

async function startOnce(runtime: Runtime, seat: ContainerSeat, name: string, way: Way): Promise<void> {
  let onExit = () => {}
  const exit = new Promise<'ended'>(resolve => {
    onExit = () => resolve('ended')
  })
  const onLine = (line: string) => seat.onLine?.(line)
  // testcontainers ends a container that does not come to serve, and then `exit` is only the consequence.
  let late: unknown
  const ready = readiness(seat, way, name, error => {
    late = error
  })
  const starting = build(runtime, seat, { name, way, ready, onLine, onExit }).start()
  starting.catch(() => {})
  if ((await Promise.race([starting, exit])) === 'ended')
    throw late ?? new Error(`it ended at once: ${await lastWords(runtime, name)}`)
}

/** One that asks the server itself: a listening port or a line in a log say less, and both come too early. */
function readiness(seat: ContainerSeat, way: Way, name: string, onLate: (error: Error) => void): WaitStrategy {
  const strategy: WaitStrategy = {
    withStartupTimeout: () => strategy,
    isStartupTimeoutSet: () => true,
    getStartupTimeout: () => START_LIMIT_MS,
    async waitUntilReady() {
      const untilMs = clock.nowMs() + START_LIMIT_MS
      await way.find(name)
      while (!(await seat.ready(way.at))) {
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

function control(runtime: Runtime, name: string, seat: ContainerSeat, way: Way): Container {
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
      readLines(log, line => seat.onLine?.(line))
      await readiness(seat, way, name, () => {}).waitUntilReady(container, undefined as never)
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
