import type { Duplex } from 'node:stream'
import type { Cancel, Clock } from '../clock/clock.ts'
import type { Connection } from '../link/pipe/connection.ts'
import type { End, Ends } from '../link/pipe/ends.ts'
import { opposite, type Side } from '../model/flow.ts'
import type { Readers } from './readers.ts'
import { SimSocket } from './socket.ts'

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
  #connection: Connection | undefined
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

  attach(connection: Connection): Ends {
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
  #open(connection: Connection): void {
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
    const seat = {
      sent: (bytes: Buffer) => this.#send(side, { what: 'bytes', bytes }),
      finished: () => this.#send(side, { what: 'fin' }),
      closed: () => this.#unacknowledged[side].orphaned(),
      congested: (congested: boolean) => this.#connection?.congested(side, congested),
    }
    return new SimSocket(seat, this.#context.readers)
  }

  #send(side: Side, item: Parameters<Connection['arrive']>[1]): void {
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
