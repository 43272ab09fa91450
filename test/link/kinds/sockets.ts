import { connect, createServer, type Socket } from 'node:net'
import type { Clock, Dated } from '../../../src/clock/clock.ts'
import type { Record } from '../../../src/clock/kit.ts'
import { realClock } from '../../../src/clock/real.ts'
import type { LinkOrder } from '../../../src/faults/fault.ts'
import { embedded } from '../../../src/link/kinds/embedded.ts'
import type { Address, LinkKind, StartedLink } from '../../../src/link/kinds/link.ts'
import type { Event } from '../../../src/model/event.ts'

/** One raw end of a connection; `got` is what its kernel told it: bytes, `fin`, `rst`. */
export class RawEnd {
  readonly socket: Socket
  text = ''
  readonly told: string[] = []

  constructor(socket: Socket) {
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('data', bytes => {
      this.text += bytes.toString('latin1')
    })
    socket.on('end', () => this.told.push('fin'))
    socket.on('error', (error: NodeJS.ErrnoException) =>
      this.told.push(error.code === 'ECONNRESET' ? 'rst' : `${error.code}`),
    )
  }
}

export interface World extends AsyncDisposable {
  readonly link: StartedLink
  readonly clock: Clock
  readonly events: Event[]
  /** The broker's ends, in order of accepting. */
  readonly accepted: RawEnd[]
  /** Called with each event as it is recorded. */
  watch(onEvent: (event: Event) => void): void
  dial(): Promise<RawEnd>
  /** With when it came into force, where the link says so. */
  blackhole(fault?: string): Promise<Dated | undefined>
  heal(fault?: string): Promise<void>
}

/** A raw broker, a link before it (the embedded one unless told otherwise), all on loopback. */
export async function world({
  latencyMs = 0,
  upstream,
  kind = embedded,
  orders,
}: {
  latencyMs?: number
  upstream?: Address
  kind?: LinkKind
  orders?: readonly LinkOrder[]
} = {}): Promise<World> {
  const accepted: RawEnd[] = []
  const dialled: RawEnd[] = []
  const server = createServer({ allowHalfOpen: true }, socket => accepted.push(new RawEnd(socket)))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('unreachable')
  const clock = realClock()
  const events: Event[] = []
  let onEvent: (event: Event) => void = () => {}
  const record: Record = body => {
    const event: Event = { atMs: clock.nowMs(), ...body }
    events.push(event)
    onEvent(event)
  }
  const link = await kind.start({
    kit: { clock, random: Math.random, runId: `test${++worlds}`, record },
    options: {},
    upstream: upstream ?? { host: '127.0.0.1', port: address.port },
    latencyMs,
    jitterMs: 0,
    ...(orders && { orders }),
  })
  return {
    link,
    clock,
    events,
    accepted,
    watch(watcher) {
      onEvent = watcher
    },
    dial: () =>
      new Promise(resolve => {
        const socket = connect({ ...link.address, allowHalfOpen: true }, () => resolve(end))
        const end = new RawEnd(socket)
        dialled.push(end)
      }),
    blackhole: async (fault = 'blackhole#0') => {
      const attributes = { recovery: 'at-once' }
      const when = await link.order(
        { to: 'link', do: 'add', key: 'path', toxic: 'blackhole', attributes, flows: ['up', 'down'] },
        fault,
      )
      return when || undefined
    },
    heal: async (fault = 'blackhole#0') => {
      await link.order({ to: 'link', do: 'remove', key: 'path' }, fault)
    },
    async [Symbol.asyncDispose]() {
      for (const { socket } of [...accepted, ...dialled]) socket.destroy()
      await link[Symbol.asyncDispose]()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

let worlds = 0

export const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

/** Waits until it is so, however long a busy machine takes; what never is ends with the test's own time. */
export async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 10_000) throw new Error(`it did not come about: ${holds}`)
    await sleep(5)
  }
}

/** A client and the broker's end of the same connection. */
export async function pair(world: World): Promise<{ client: RawEnd; broker: RawEnd }> {
  const before = world.accepted.length
  const client = await world.dial()
  await until(() => world.accepted.length > before)
  const broker = world.accepted[before]
  if (!broker) throw new Error('unreachable')
  return { client, broker }
}
