/** One end of a TLS session without a socket: records in, records out. OpenSSL does the work; the sockets are somebody else's. */
import { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'

export interface EngineHearer {
  /** What goes to the peer. `sent`: call it once the kernel has it. */
  send(records: Buffer, sent: () => void): void
  plain(bytes: Buffer): void
  /** The peer has sent close_notify, or the transport has ended. */
  ended(): void
  /** The session is over: an alert, or records that are none. */
  failed(error: NodeJS.ErrnoException): void
}

type SessionOver = (wire: Duplex) => TLSSocket

/**
 * What OpenSSL's end takes for a socket. Node's own path through a stream has two queues and three turns of the loop, which cost a small
 * message more than its encryption; here each piece is handed on as it comes.
 */
class Wire extends Duplex {
  readonly #send: (records: Buffer) => void
  #corked: Buffer[] | undefined

  constructor(send: (records: Buffer) => void, ended: () => void) {
    super({
      allowHalfOpen: true,
      read() {},
      // Whether the transport ends with the session is not for the session to say.
      final(done) {
        done()
        ended()
      },
    })
    this.#send = send
  }

  /** Records from the peer. */
  feed(records: Buffer): void {
    if (this.readableFlowing && this.readableLength === 0) this.emit('data', records)
    else this.push(records)
  }

  override cork(): void {
    this.#corked ??= []
  }

  override uncork(): void {
    const records = this.#corked ?? []
    this.#corked = undefined
    const [only] = records
    if (only) this.#send(records.length === 1 ? only : Buffer.concat(records))
  }

  /** As Node calls it: lib/internal/js_stream_socket.js, `doWrite`. */
  override write(records: Buffer, then?: unknown, otherwise?: unknown): boolean {
    if (this.#corked) this.#corked.push(records)
    else this.#send(records)
    const done = (typeof then === 'function' ? then : otherwise) as (() => void) | undefined
    done?.()
    return true
  }
}

export class TlsEngine {
  readonly #wire: Wire
  readonly #session: TLSSocket
  readonly #hearer: EngineHearer
  #unsent: (() => void)[] = []
  /** Writes that OpenSSL has not made records of yet. */
  #pending = 0
  #afterwards: (() => void)[] = []
  #isPlain = false
  #isOver = false
  #hasHeardAll = false

  /** `make`: of the two roles the one that is to be played here. */
  constructor(make: SessionOver, hearer: EngineHearer) {
    this.#hearer = hearer
    this.#wire = new Wire(
      records => {
        const waiting = this.#unsent
        this.#unsent = []
        hearer.send(records, () => {
          for (const sent of waiting) sent()
        })
      },
      () => this.#settle(),
    )
    this.#wire.on('error', () => {})
    this.#session = make(this.#wire)
    this.#listen()
  }

  get session(): TLSSocket {
    return this.#session
  }

  /** Records from the peer. True where something of what they carry came out. */
  feed(records: Buffer): boolean {
    if (this.#isOver || this.#hasHeardAll) return false
    this.#isPlain = false
    this.#wire.feed(records)
    return this.#isPlain
  }

  /** The transport has ended. */
  feedEnd(): void {
    if (this.#isOver || this.#hasHeardAll) return
    this.#hasHeardAll = true
    this.#wire.push(null)
  }

  write(plain: Buffer, sent: () => void): void {
    if (this.#isOver || this.#session.writableEnded) {
      sent()
      return
    }
    this.#unsent.push(sent)
    this.#pending++
    this.#session.write(plain, () => {
      this.#pending--
      this.#settle()
    })
  }

  /** close_notify, after all that was written. */
  end(): void {
    if (this.#isOver || this.#session.writableEnded) return
    this.#pending++
    this.#session.end(() => {
      this.#pending--
      this.#settle()
    })
  }

  /** Calls it once nothing waits any more to become records. */
  whenWritten(act: () => void): void {
    this.#afterwards.push(act)
    this.#settle()
  }

  destroy(): void {
    this.#isOver = true
    this.#pending = 0
    this.#settle()
    this.#session.destroy()
    this.#wire.destroy()
  }

  #settle(): void {
    if (this.#pending > 0) return
    const acts = this.#afterwards
    this.#afterwards = []
    for (const act of acts) act()
    // What never becomes a record is as much over.
    for (const sent of this.#unsent.splice(0)) sent()
  }

  #listen(): void {
    const session = this.#session
    session.on('data', (bytes: Buffer) => {
      this.#isPlain = true
      if (!this.#isOver) this.#hearer.plain(bytes)
    })
    session.on('end', () => {
      if (!this.#isOver) this.#hearer.ended()
    })
    session.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#isOver) return
      this.destroy()
      this.#hearer.failed(error)
    })
  }
}
