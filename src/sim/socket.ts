import { Duplex } from 'node:stream'
import type { Readers, SimulatedInbox } from './readers.ts'

/** What a simulated socket does to its connection. */
export interface SocketContext {
  sent(bytes: Buffer): void
  /** Its FIN: the writing side is done, or the program closed the socket. */
  finished(): void
  /** The program closed it; the kernel has only to get rid of what was sent before. */
  closed(): void
  /** Whether the program takes what it is given. */
  congested(congested: boolean): void
}

/** What arrived and was not read yet: a segment, or the peer's FIN. */
type Arrived = Buffer | 'fin'

/** An error as the kernel's: `code` is what programs look at. */
export const errno = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code })

/**
 * A TCP socket without a network, with the manners of `net.Socket`: what is written before it is connected waits, a FIN
 * from the peer is answered with its own (unless `allowHalfOpen` is set), closing sends a FIN and an RST makes an error.
 * When the program reads what arrived, and how much of it at once, is up to `readers`.
 */
export class SimSocket extends Duplex implements SimulatedInbox {
  readonly #context: SocketContext
  readonly #readers: Pick<Readers, 'readable' | 'forget'>
  readonly #arrived: Arrived[] = []
  #connected = false
  #paused = false
  #finSent = false
  #finReceived = false
  #arrivedBytes = 0
  /** The program takes no more for now. */
  #full = false
  /** What waits for the connection or for the link to take more. */
  #blocked: (() => void) | undefined

  constructor(context: SocketContext, readers: Pick<Readers, 'readable' | 'forget'>) {
    super({ allowHalfOpen: false })
    this.#context = context
    this.#readers = readers
  }

  /** The handshake is done. */
  establish(): void {
    this.#connected = true
    this.emit('connect')
    this.#unblock()
  }

  get connecting(): boolean {
    return !this.#connected
  }

  pauseSending(): void {
    this.#paused = true
  }

  resumeSending(): void {
    this.#paused = false
    this.#unblock()
  }

  /** From the peer. False where the program has closed it. */
  receive(bytes: Buffer): boolean {
    if (this.destroyed) return false
    this.#keep(bytes)
    return true
  }

  receiveFin(): void {
    if (!this.destroyed && !this.#finReceived) this.#keep('fin')
    this.#finReceived = true
  }

  get waiting(): number {
    return this.#arrived.length
  }

  takeIn(segments: number): void {
    if (this.destroyed) return
    const taken = this.#arrived.splice(0, segments)
    const segmentsRead = taken.filter(one => one !== 'fin')
    const bytes = segmentsRead.length === 1 ? segmentsRead[0] : Buffer.concat(segmentsRead)
    this.#arrivedBytes -= bytes?.length ?? 0
    if (segmentsRead.length > 0) this.#full = !this.push(bytes)
    if (taken.includes('fin')) this.push(null)
    this.#tellCongestion()
  }

  #keep(arrived: Arrived): void {
    const isFirst = this.#arrived.push(arrived) === 1
    if (arrived !== 'fin') this.#arrivedBytes += arrived.length
    this.#tellCongestion()
    if (isFirst) this.#readers.readable(this)
  }

  #tellCongestion(): void {
    this.#context.congested(this.#full || this.#arrivedBytes > this.readableHighWaterMark)
  }

  /** The kernel gives the connection up: an RST came, or nothing came for too long. */
  fail(code: string): void {
    this.#finSent = true
    this.destroy(errno(code))
  }

  override _read(): void {
    this.#full = false
    this.#tellCongestion()
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    if (this.#open) this.#send(bytes, callback)
    else this.#blocked = () => this.#send(bytes, callback)
  }

  /** What a program wrote in one go travels as one segment. */
  override _writev(chunks: { readonly chunk: Buffer }[], callback: () => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'binary', callback)
  }

  override _final(callback: () => void): void {
    const finish = () => {
      this.#finish()
      callback()
    }
    if (this.#open) finish()
    else this.#blocked = finish
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#blocked = undefined
    this.#arrived.length = 0
    this.#readers.forget(this)
    this.#finish()
    this.#context.closed()
    callback(error)
  }

  #finish(): void {
    if (this.#finSent) return
    this.#finSent = true
    this.#context.finished()
  }

  #send(bytes: Buffer, callback: () => void): void {
    this.#context.sent(bytes)
    callback()
  }

  get #open(): boolean {
    return this.#connected && !this.#paused
  }

  #unblock(): void {
    if (!this.#open) return
    const act = this.#blocked
    this.#blocked = undefined
    act?.()
  }
}
