/**
 * TCP without a network: client and broker in one process, their bytes through the same connection, pipeline, toxics
 * and taps as on real sockets (link/pipe/relayed-connection.ts). What a relay's kernel would do there is done here by the two kernels
 * of the peers themselves:
 *
 * - The handshake takes a round trip before the client may write. A SYN that is held is the blackhole's affair (it is
 *   sent again after 1, 3, 7, 15 ... s); after 127 s the client gives up.
 * - Held bytes are sent again on Linux's ladder (the blackhole's lingerMs); after about 924 s their sender gets
 *   ETIMEDOUT, and what a closed socket left behind is forgotten after about 102 s.
 * - A closed socket answers what still arrives with an RST.
 *
 * Not modelled: acknowledgements that are lost while the bytes they speak of get through, so under a one-way blackhole
 * the side that is heard never runs into ETIMEDOUT.
 */
import type { Duplex } from 'node:stream'
import type { Cancel, Clock } from '../clock/clock.ts'
import type { Kit } from '../clock/kit.ts'
import type { LinkOrder } from '../faults/fault.ts'
import type { End, Ends } from '../link/pipe/ends.ts'
import { Hub, type LinkPath } from '../link/pipe/hub.ts'
import type { RelayedConnection } from '../link/pipe/relayed-connection.ts'
import type { Watch } from '../link/pipe/tap.ts'
import { opposite, type Side } from '../model/flow.ts'
import type { Readers } from './readers.ts'
import { SimSocket } from './socket.ts'

/** `readers` is shared by all wires of a simulation, since a broker reads from all of them. */
interface WireKit extends Kit {
  readonly readers: Readers
}

export class SimulatedWire {
  readonly #kit: WireKit
  readonly #path: LinkPath
  readonly #hub: Hub
  readonly #accept: (stream: Duplex) => void
  readonly #calls = new Set<Call>()

  /** `accept` gets the broker's end of each connection; `watch` stands for the taps that write the record. */
  constructor(kit: WireKit, path: LinkPath, accept: (stream: Duplex) => void, watch?: (conn: number) => Watch) {
    this.#kit = kit
    this.#path = path
    this.#hub = new Hub(kit, path, watch)
    this.#accept = accept
  }

  /** A new connection of a client. */
  dial(): Duplex {
    const { clock, readers } = this.#kit
    const over = (ended: Call) => this.#calls.delete(ended)
    const call = new Call({ clock, readers, latencyMs: this.#path.latencyMs, accept: this.#accept, over })
    this.#calls.add(call)
    this.#hub.connect(connection => call.attach(connection))
    return call.client
  }

  order(order: LinkOrder, fault: string): void {
    this.#hub.order(order, fault)
  }

  /** Lets go of everything; no timer is left. The sockets are closed without telling anybody. */
  dispose(): void {
    this.#hub.dispose()
    for (const call of [...this.#calls]) call.dispose()
  }
}

/** tcp_syn_retries = 6: 1 + 2 + 4 + 8 + 16 + 32 + 64 s. */
const SYN_GIVE_UP_MS = 127_000

interface CallContext {
  readonly clock: Clock
  readonly readers: Readers
  readonly latencyMs: number
  /** Gets the broker's end. */
  accept(stream: Duplex): void
  over(call: Call): void
}

/** One connection: a socket for each peer and what its kernel knows. */
export class Call {
  readonly client: SimSocket
  readonly #context: CallContext
  readonly #unacknowledged: Record<Side, Unacknowledged>
  #broker: SimSocket | undefined
  #connection: RelayedConnection | undefined
  #cancelSyn: () => void
  #cancelSynAck = (): void => {}

  constructor(context: CallContext) {
    const { clock } = context
    this.#context = context
    const unacknowledged = (side: Side) => new Unacknowledged(clock, () => this.#timeOut(side))
    this.#unacknowledged = { client: unacknowledged('client'), broker: unacknowledged('broker') }
    this.client = this.#socket('client')
    this.#cancelSyn = clock.at(clock.nowMs() + SYN_GIVE_UP_MS, () => this.#timeOut('client'))
  }

  attach(connection: RelayedConnection): Ends {
    this.#connection = connection
    return {
      client: { ...this.#end('client', () => this.client), open: () => {} },
      broker: { ...this.#end('broker', () => this.#broker), open: () => this.#open(connection) },
    }
  }

  dispose(): void {
    this.#stop()
    this.#connection = undefined
    this.client.destroy()
    this.#broker?.destroy()
  }

  /** The SYN reached the broker; its answer travels back. */
  #open(connection: RelayedConnection): void {
    const broker = this.#socket('broker')
    this.#broker = broker
    broker.establish()
    this.#context.accept(broker)
    connection.established()
    const { clock, latencyMs } = this.#context
    this.#cancelSynAck = clock.at(clock.nowMs() + latencyMs, () => {
      this.#cancelSyn()
      if (!this.client.destroyed) this.client.establish()
    })
  }

  #socket(side: Side): SimSocket {
    const context = {
      sent: (bytes: Buffer) => this.#send(side, { what: 'bytes', bytes }),
      finished: () => this.#send(side, { what: 'fin' }),
      closed: () => this.#unacknowledged[side].orphaned(),
      congested: (congested: boolean) => this.#connection?.congested(side, congested),
    }
    return new SimSocket(context, this.#context.readers)
  }

  #send(side: Side, item: Parameters<RelayedConnection['arrive']>[1]): void {
    this.#unacknowledged[side].sent()
    this.#connection?.arrive(side, item)
  }

  #end(side: Side, socket: () => SimSocket | undefined): Omit<End, 'open'> {
    const peer = this.#unacknowledged[opposite(side)]
    const { latencyMs } = this.#context
    return {
      write: bytes => {
        peer.received(latencyMs)
        if (!socket()?.receive(bytes)) this.#connection?.arrive(side, { what: 'rst' })
      },
      fin: () => {
        peer.received(latencyMs)
        socket()?.receiveFin()
      },
      rst: () => this.#reset(side),
      pause: () => socket()?.pauseSending(),
      resume: () => socket()?.resumeSending(),
      close: () => this.#close(),
    }
  }

  #reset(side: Side): void {
    const socket = side === 'client' ? this.client : this.#broker
    this.#unacknowledged[side].stop()
    if (socket && !socket.destroyed) socket.fail(socket.connecting ? 'ECONNREFUSED' : 'ECONNRESET')
  }

  /** The kernel of `side` gives the connection up. Whatever still arrives there draws an RST. */
  #timeOut(side: Side): void {
    const socket = side === 'client' ? this.client : this.#broker
    this.#unacknowledged[side].stop()
    if (!socket || socket.destroyed) {
      this.#connection?.abandon(side)
      return
    }
    // No RST goes out, but a live program is told, and so the record has to say that this side ended it.
    this.#connection?.arrive(side, { what: 'rst', unacknowledged: true })
    socket.fail('ETIMEDOUT')
  }

  /** Both peers have said all that they can. One that waits for the other's FIN would wait for ever. */
  #close(): void {
    this.#stop()
    this.client.receiveFin()
    this.#broker?.receiveFin()
    this.#context.over(this)
  }

  #stop(): void {
    this.#cancelSyn()
    this.#cancelSynAck()
    this.#unacknowledged.client.stop()
    this.#unacknowledged.broker.stop()
  }
}

/** tcp_retries2 = 15 retransmissions, the last ones 120 s apart: measured about 924 s. */
const GIVE_UP_MS = 924_600
/** tcp_orphan_retries: what a closed socket left behind is sent 8 times more, 200 ms * (2^9 - 1). */
const ORPHAN_MS = 102_200

/**
 * What one side has sent and the other has not received: a kernel sends it again for so long, and then it is done with
 * the connection. Since nothing overtakes, whatever is received acknowledges all that was sent a latency before.
 */
class Unacknowledged {
  readonly #clock: Clock
  readonly #giveUp: () => void
  /** When each was sent, oldest first. */
  #sentMs: number[] = []
  #orphan = false
  #stopped = false
  #cancel: Cancel | undefined

  constructor(clock: Clock, giveUp: () => void) {
    this.#clock = clock
    this.#giveUp = giveUp
  }

  sent(): void {
    if (this.#stopped) return
    this.#sentMs.push(this.#clock.nowMs())
    if (!this.#cancel) this.#watch()
  }

  /** The other side was handed something that took at least `latencyMs`. */
  received(latencyMs: number): void {
    const untilMs = this.#clock.nowMs() - latencyMs
    while ((this.#sentMs[0] ?? Infinity) <= untilMs) this.#sentMs.shift()
  }

  /** The program has closed the socket. */
  orphaned(): void {
    this.#orphan = true
    this.#watch()
  }

  /** The connection is no more; nothing counts any longer. */
  stop(): void {
    this.#stopped = true
    this.#cancel?.()
    this.#sentMs = []
  }

  /** One timer for many segments: when it fires, it looks how old the oldest is by then. */
  #watch(): void {
    this.#cancel?.()
    this.#cancel = undefined
    const [oldestMs] = this.#sentMs
    if (oldestMs === undefined) return
    const limitMs = oldestMs + (this.#orphan ? ORPHAN_MS : GIVE_UP_MS)
    this.#cancel = this.#clock.at(limitMs, () => (this.#sentMs[0] === oldestMs ? this.#giveUp() : this.#watch()))
  }
}
