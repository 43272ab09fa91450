import { type VirtualClock, virtualClock } from '../../../src/clock/virtual.ts'
import type { LinkOrder } from '../../../src/faults/fault.ts'
import type { End } from '../../../src/link/pipe/ends.ts'
import { Hub, type LinkPath } from '../../../src/link/pipe/hub.ts'
import type { RelayedConnection } from '../../../src/link/pipe/relayed-connection.ts'
import type { Event } from '../../../src/model/event.ts'
import { FLOWS, type Flow, type Side } from '../../../src/model/flow.ts'

/** A kernel's end of a connection, on virtual time. `got` reads like `120 hello`, `140 fin`. */
export class FakeEnd implements End {
  readonly got: string[] = []
  paused = false
  closed = false
  /** Called with whatever its kernel is told, but for the opening. */
  onTold: (what: 'bytes' | 'fin' | 'rst', bytes?: Buffer) => void = () => {}
  /** What a broker does with a dial. */
  onOpen: (connection: RelayedConnection) => void = connection => connection.established()
  readonly #clock: VirtualClock
  readonly #side: Side
  readonly #connection: RelayedConnection

  constructor(clock: VirtualClock, side: Side, connection: RelayedConnection) {
    this.#clock = clock
    this.#side = side
    this.#connection = connection
  }

  get text(): string {
    return this.got.map(line => line.replace(/^\S+ /, '')).join('|')
  }

  send(bytes: string | Buffer): void {
    this.#connection.arrive(this.#side, { what: 'bytes', bytes: Buffer.from(bytes) })
  }

  end(): void {
    this.#connection.arrive(this.#side, { what: 'fin' })
  }

  reset(): void {
    this.#connection.arrive(this.#side, { what: 'rst' })
  }

  open(): void {
    this.#note('open')
    this.onOpen(this.#connection)
  }

  write(bytes: Buffer): void {
    this.#note(bytes.toString('latin1'))
    this.onTold('bytes', bytes)
  }

  fin(): void {
    this.#note('fin')
    this.onTold('fin')
  }

  rst(): void {
    this.#note('rst')
    this.onTold('rst')
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  close(): void {
    this.closed = true
  }

  #note(what: string): void {
    this.got.push(`${Number(this.#clock.nowMs().toFixed(3))} ${what}`)
  }
}

export interface Pair {
  readonly connection: RelayedConnection
  readonly client: FakeEnd
  readonly broker: FakeEnd
}

/** Mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export class Bench {
  readonly clock = virtualClock()
  readonly events: Event[] = []
  readonly hub: Hub

  constructor(path: LinkPath = { latencyMs: 0, jitterMs: 0 }) {
    const record = (event: Omit<Event, 'atMs'>) => this.events.push({ atMs: this.clock.nowMs(), ...event } as Event)
    this.hub = new Hub({ clock: this.clock, record, random: seeded(7), runId: 'test' }, path)
  }

  open(onOpen?: (connection: RelayedConnection) => void): Pair {
    let client: FakeEnd | undefined
    let broker: FakeEnd | undefined
    const connection = this.hub.connect(made => {
      client = new FakeEnd(this.clock, 'client', made)
      broker = new FakeEnd(this.clock, 'broker', made)
      if (onOpen) broker.onOpen = onOpen
      return { client, broker }
    })
    if (!client || !broker) throw new Error('unreachable')
    return { connection, client, broker }
  }

  add(toxic: string, attributes: unknown, { fault = `${toxic}#0`, flows = FLOWS as readonly Flow[] } = {}): void {
    this.order({ to: 'link', do: 'add', key: 'path', toxic, attributes, flows }, fault)
  }

  lift(fault: string): void {
    this.order({ to: 'link', do: 'remove', key: 'path' }, fault)
  }

  order(order: LinkOrder, fault = 'fault#0'): void {
    this.hub.order(order, fault)
  }

  async to(ms: number): Promise<void> {
    await this.clock.advanceTo(ms)
  }

  /** `fault-touched blackhole#0` and the like, in order. */
  get marks(): string[] {
    return this.events.flatMap(event => ('fault' in event ? [`${event.what} ${event.fault}`] : []))
  }

  /** What the taps saw: `20 broker pingreq from client`. */
  get seen(): string[] {
    return this.events.flatMap(event => {
      if (event.who !== 'link') return []
      if (event.what === 'packet') return [`${event.atMs} ${event.edge} ${event.packet.cmd} ${event.flow}`]
      if (event.what === 'websocket') return [`${event.atMs} ${event.edge} websocket ${event.frame.kind} ${event.flow}`]
      if (event.what === 'undecoded' || event.what === 'data' || event.what === 'unsent')
        return [`${event.atMs} ${event.edge} ${event.what} ${event.flow}`]
      return [`${event.atMs} ${event.edge} ${event.what} from ${event.from}`]
    })
  }
}
