import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

/**
 * A connection that is being opened in another namespace, usable at once as a socket of `net.connect` is: what is written
 * waits, `destroy` gives up the attempt. The TCP is the namespace's own; only the program is here.
 */
export class RemoteSocket extends Duplex {
  #socket: Socket | undefined
  #connected: (() => void)[] = []
  readonly #attempt = new AbortController()

  constructor(dial: (signal: AbortSignal) => Promise<Socket>) {
    super({ allowHalfOpen: false, autoDestroy: true })
    dial(this.#attempt.signal).then(
      socket => (this.destroyed ? socket.destroy() : this.#attach(socket)),
      error => this.destroy(error),
    )
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#whenConnected(socket => socket.write(bytes, done))
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#whenConnected(socket => socket.end(done))
  }

  override _read(): void {
    this.#socket?.resume()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#attempt.abort()
    this.#connected = []
    this.#socket?.destroy()
    done(error)
  }

  #attach(socket: Socket): void {
    this.#socket = socket
    socket.setNoDelay(true)
    // Whether the other end's FIN is answered is decided here, not there.
    socket.allowHalfOpen = true
    socket.on('data', bytes => this.push(bytes) || socket.pause())
    socket.on('end', () => this.push(null))
    socket.on('error', error => this.destroy(error))
    socket.on('close', () => this.destroy())
    for (const act of this.#connected) act()
    this.#connected = []
    this.emit('connect')
  }

  #whenConnected(act: (socket: Socket) => void): void {
    const socket = this.#socket
    if (socket) act(socket)
    else this.#connected.push(() => this.#socket && act(this.#socket))
  }
}
