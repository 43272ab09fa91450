import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { clock } from '../../doubt/watch.ts'

export interface Entry {
  readonly atMs: number
  readonly what: 'bytes' | 'fin' | 'rst'
  readonly bytes: number
}

/** One end of a connection: it dates what it gets, and never closes by itself. */
export abstract class Peer {
  readonly log: Entry[] = []
  #text = ''

  /** Tells when, by its own clock. */
  abstract send(bytes: string | Buffer): number
  /** Sends a FIN. */
  abstract finish(): number
  /** Sends an RST. */
  abstract reset(): number
  /** Resolves as soon as it holds, or after `withinMs` all the same. */
  abstract until(holds: () => boolean, withinMs?: number): Promise<void>
  /** Lets go of it, without a word to the other end. */
  abstract drop(): void

  get text(): string {
    return this.#text
  }

  get bytes(): number {
    return this.#text.length
  }

  /** How it ended, so far. */
  get end(): 'fin' | 'rst' | 'none' {
    const entry = this.log.find(({ what }) => what !== 'bytes')
    return entry && entry.what !== 'bytes' ? entry.what : 'none'
  }

  /** When its first end came, or its last byte; NaN where none did. */
  endedAtMs(): number {
    return this.log.find(({ what }) => what !== 'bytes')?.atMs ?? Number.NaN
  }

  lastByteAtMs(): number {
    return this.log.findLast(({ what }) => what === 'bytes')?.atMs ?? Number.NaN
  }

  async ended(withinMs?: number): Promise<Peer['end']> {
    await this.until(() => this.end !== 'none', withinMs)
    return this.end
  }

  async got(bytes: number, withinMs?: number): Promise<void> {
    await this.until(() => this.bytes >= bytes, withinMs)
  }

  protected note(atMs: number, what: Entry['what'], bytes?: Buffer): void {
    this.#text += bytes?.toString('latin1') ?? ''
    this.log.push({ atMs, what, bytes: bytes?.length ?? 0 })
  }
}

/** What comes at all comes within this long, however busy the machine is. */
export const PATIENCE_MS = 10_000

/** A raw socket. */
export class SocketPeer extends Peer {
  readonly #socket: Socket
  #waiting: (() => void)[] = []

  constructor(socket: Socket) {
    super()
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', data => this.#heard('bytes', data))
    socket.on('end', () => this.#heard('fin'))
    socket.on('error', () => this.#heard('rst'))
  }

  send(bytes: string | Buffer): number {
    const atMs = clock.nowMs()
    this.#socket.write(bytes)
    return atMs
  }

  finish(): number {
    const atMs = clock.nowMs()
    this.#socket.end()
    return atMs
  }

  reset(): number {
    const atMs = clock.nowMs()
    this.#socket.resetAndDestroy()
    return atMs
  }

  drop(): void {
    this.#socket.destroy()
  }

  async until(holds: () => boolean, withinMs = PATIENCE_MS): Promise<void> {
    const deadlineMs = clock.nowMs() + withinMs
    while (!holds() && clock.nowMs() < deadlineMs) {
      await new Promise<void>(resolve => {
        const forget = clock.at(deadlineMs, resolve)
        this.#waiting.push(() => {
          forget()
          resolve()
        })
      })
    }
  }

  #heard(what: Entry['what'], bytes?: Buffer): void {
    this.note(clock.nowMs(), what, bytes)
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** A raw server: hands out the connections that it accepts, in order. */
export interface Upstream extends AsyncDisposable {
  readonly port: number
  next(): Promise<Peer>
}

export async function startUpstream(): Promise<Upstream> {
  const accepted: Peer[] = []
  const wanted: ((peer: Peer) => void)[] = []
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, socket => {
    sockets.add(socket)
    const peer = new SocketPeer(socket)
    const want = wanted.shift()
    if (want) want(peer)
    else accepted.push(peer)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    next: () => {
      const peer = accepted.shift()
      return peer ? Promise.resolve(peer) : new Promise(resolve => wanted.push(resolve))
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

export async function dial(port: number): Promise<Peer> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  const peer = new SocketPeer(socket)
  await once(socket, 'connect')
  return peer
}
