import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'

export interface Entry {
  readonly atMs: number
  readonly what: 'bytes' | 'fin' | 'rst'
  readonly bytes: number
}

/** A raw socket that dates what it gets. It never closes by itself. */
export class Peer {
  readonly socket: Socket
  readonly log: Entry[] = []
  #text = ''
  #waiting: (() => void)[] = []

  constructor(socket: Socket) {
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('data', data => {
      this.#text += data.toString('latin1')
      this.#note('bytes', data.length)
    })
    socket.on('end', () => this.#note('fin'))
    socket.on('error', () => this.#note('rst'))
  }

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

  send(bytes: string | Buffer): number {
    this.socket.write(bytes)
    return performance.now()
  }

  finish(): number {
    this.socket.end()
    return performance.now()
  }

  reset(): number {
    this.socket.resetAndDestroy()
    return performance.now()
  }

  /** Resolves as soon as it holds, or after `withinMs` all the same. */
  async until(holds: () => boolean, withinMs = 2000): Promise<void> {
    const deadlineMs = performance.now() + withinMs
    while (!holds() && performance.now() < deadlineMs) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, deadlineMs - performance.now())
        this.#waiting.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
  }

  async ended(withinMs?: number): Promise<Peer['end']> {
    await this.until(() => this.end !== 'none', withinMs)
    return this.end
  }

  async got(bytes: number, withinMs?: number): Promise<void> {
    await this.until(() => this.bytes >= bytes, withinMs)
  }

  #note(what: Entry['what'], bytes = 0): void {
    this.log.push({ atMs: performance.now(), what, bytes })
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

export const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

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
    const peer = new Peer(socket)
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
  const peer = new Peer(socket)
  await once(socket, 'connect')
  return peer
}
