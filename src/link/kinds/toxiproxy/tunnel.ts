/**
 * The sockets of one connection into Toxiproxy and out of it again. Two things that Toxiproxy does are set right here,
 * where both of its sides are seen:
 * - It makes a FIN of an RST. The far side knows better and hands on an RST.
 * - It closes both its sockets when one end closes. The FIN that comes back to who ended first is Toxiproxy's own and not
 *   the peer's, so it is not handed on; and an end that comes after it has nothing left to go through, so it goes past.
 */
import { connect, type Socket } from 'node:net'
import { FLOWS, type Flow } from '../../../model/flow.ts'
import { weightOf } from '../../pipe/lane.ts'
import { reset } from '../../pipe/relay.ts'
import type { Item } from '../../toxics/toxic.ts'
import type { Address } from '../link.ts'
import type { Landing } from './landing.ts'

type EndItem = Item & { readonly what: 'fin' | 'rst' }

export interface TunnelContext {
  readonly landing: Landing
  /** The far tap as Toxiproxy reaches it, for messages. */
  readonly upstream: string
  /** Where this connection's proxy listens; it may still have to be made. */
  readonly entrance: Promise<Address>
  /** It came out. */
  out(flow: Flow, item: Item): void
  /** What waits to be taken by Toxiproxy, in bytes. */
  weigh(flow: Flow, delta: number): void
  trouble(error: unknown): void
}

const opposite = (flow: Flow): Flow => (flow === 'up' ? 'down' : 'up')

export class Tunnel {
  readonly #context: TunnelContext
  #near: Socket | undefined
  #far: Socket | undefined
  /** What came after the `open` and before there was a proxy to dial. */
  #waiting: Item[] = []
  #forget = () => {}
  /** The end that was put in, by flow; and the flows out of which nothing can come any more. */
  readonly #sent: Partial<Record<Flow, EndItem>> = {}
  readonly #done = new Set<Flow>()
  #over = false

  constructor(context: TunnelContext) {
    this.#context = context
  }

  /** The far tap has it. */
  get landed(): boolean {
    return this.#far !== undefined
  }

  send(flow: Flow, item: Item): void {
    const socket = flow === 'up' ? this.#near : this.#far
    if (item.what === 'open') this.#open()
    else if (flow === 'up' && !this.#near) this.#waiting.push(item)
    else if (item.what === 'bytes') this.#write(flow, socket, item)
    // No layer stands before a Toxiproxy: there are no records.
    else if (item.what !== 'records') this.#end(flow, socket, item)
  }

  dispose(): void {
    this.#over = true
    this.#waiting = []
    this.#forget()
    this.#near?.destroy()
    this.#far?.destroy()
  }

  #open(): void {
    this.#context.entrance.then(
      address => {
        if (!this.#over) this.#dial(address)
      },
      error => {
        if (!this.#over) this.#refuse(error)
      },
    )
  }

  #dial(address: Address): void {
    const { token, forget } = this.#context.landing.expect((socket, rest) => this.#land(socket, rest))
    this.#forget = forget
    this.#near = connect({ ...address, allowHalfOpen: true, noDelay: true })
    this.#hear(this.#near, 'down')
    this.#near.write(token)
    for (const item of this.#waiting.splice(0)) this.send('up', item)
  }

  #land(far: Socket, rest: Buffer): void {
    this.#far = far
    this.#hear(far, 'up')
    this.#context.out('up', { what: 'open' })
    if (rest.length > 0) this.#context.out('up', { what: 'bytes', bytes: rest })
  }

  #write(flow: Flow, socket: Socket | undefined, item: Item & { what: 'bytes' }): void {
    if (!socket?.writable) return
    const weight = weightOf(item)
    this.#context.weigh(flow, weight)
    socket.write(item.bytes, () => this.#context.weigh(flow, -weight))
  }

  #end(flow: Flow, socket: Socket | undefined, item: EndItem): void {
    this.#sent[flow] = item
    if (this.#done.has(flow) || !socket) this.#context.out(flow, item)
    else if (item.what === 'fin') socket.end()
    else reset(socket)
  }

  /** What comes out of Toxiproxy on this flow. */
  #hear(socket: Socket, flow: Flow): void {
    socket.on('data', bytes => {
      if (!this.#over) this.#context.out(flow, { what: 'bytes', bytes })
    })
    socket.on('end', () => this.#ended(flow))
    // Go closes by RST where it leaves something unread.
    socket.on('error', error => this.#ended(flow, error))
    socket.on('close', () => this.#ended(flow))
  }

  #ended(flow: Flow, error?: Error): void {
    if (this.#over || this.#done.has(flow)) return
    const sent = this.#sent[flow]
    this.#done.add(flow)
    if (sent) this.#context.out(flow, sent)
    else if (!this.#sent[opposite(flow)]) this.#refuse(error)
  }

  /** Toxiproxy ended the connection, or never had it, and nobody at either end had asked for that. */
  #refuse(error?: unknown): void {
    const where = this.landed ? '' : ` before it came out at the far tap (is ${this.#context.upstream} in its reach?)`
    const why = error instanceof Error ? `: ${error.message}` : ''
    this.#context.trouble(new Error(`Toxiproxy ended a connection on its own${where}${why}`))
    for (const flow of FLOWS) this.#done.add(flow)
    for (const flow of FLOWS) if (!this.#over) this.#context.out(flow, { what: 'rst' })
  }
}
