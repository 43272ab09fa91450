/**
 * Reads sockets into buffers that are used again.
 *
 * Node's own way is a new buffer of 64 KiB for each read. Over a hundred connections the garbage of these buffers costs more than the
 * transfer. Node can read into a buffer that is kept (`onread` of net.connect), and takes a buffer of any size then; but it offers that
 * for dialled sockets alone. So what `onread` sets (lib/net.js of Node 20.20: kBuffer, kBufferCb, kBufferGen, and `useUserBuffer` of
 * the handle) is set here. Where a Node or a socket does not have these, the socket is read in Node's own way. (Decision 094.)
 *
 * Who hears of bytes either borrows them, and is done with them when the call returns, or gets a copy in pieces as Node has them.
 */
import type { Socket } from 'node:net'
import { type LentBuffer, large, lentBuffers, PIECE_BYTES, ReadBuffer } from './read-buffers.ts'

export interface ReadHearer {
  /** Whether the bytes of the next `bytes` may be borrowed. */
  borrows(): boolean
  /** `lent`: they are overwritten after the call. */
  bytes(bytes: Buffer, lent: boolean): void
  /** The peer's FIN, behind all of its bytes. */
  end(): void
}

export interface SocketReader {
  /** Nothing is handed over any more until `resume`; up to `keepBytes` are still read, so that a FIN behind them is heard of. */
  pause(): void
  resume(): void
}

type Inside = Record<symbol, unknown>
interface Handle {
  useUserBuffer?(buffer: Uint8Array): void
}

/** The three properties by which Node knows that a socket is read into a buffer; `undefined` where it has others. */
function propertiesOf(socket: Socket): readonly [symbol, symbol, symbol] | undefined {
  const [buffer, callback, generator] = ['kBuffer', 'kBufferCb', 'kBufferGen'].map(name =>
    Object.getOwnPropertySymbols(socket).find(({ description }) => description === name),
  )
  return buffer && callback && generator ? [buffer, callback, generator] : undefined
}

let properties: readonly [symbol, symbol, symbol] | undefined

/** False where this Node, or this socket, can't. */
function readInto(socket: Socket, first: () => Buffer, read: (bytes: number, buffer: Buffer) => Buffer): boolean {
  properties ??= propertiesOf(socket)
  const handle = (socket as { readonly _handle?: Handle | null })._handle
  if (!properties || typeof handle?.useUserBuffer !== 'function' || !(properties[0] in socket)) return false
  const [buffer, callback, generator] = properties
  let next = first()
  const inside = socket as unknown as Inside
  inside[buffer] = next
  inside[callback] = (bytes: number, from: Buffer) => {
    next = read(bytes, from)
  }
  inside[generator] = () => next
  handle.useUserBuffer(next)
  return true
}

/** Whoever calls hears of each read as it comes, until it pauses. */
export function readSocket(socket: Socket, hearer: ReadHearer, keepBytes: number): SocketReader {
  const held = new HeldReads(socket, hearer, keepBytes)
  const buffers = new ReadBuffer()
  const isKept = readInto(
    socket,
    () => buffers.first(),
    (bytes, buffer) => {
      held.take(buffer.subarray(0, bytes))
      return buffers.next(bytes, buffer)
    },
  )
  if (isKept) {
    // Of a peer that has sent an RST nothing more is wanted, as its kernel has it.
    socket.on('end', () => held.end()).once('error', () => held.drop())
    socket.once('close', () => {
      held.own()
      buffers.release()
    })
    return held
  }
  socket.on('data', bytes => hearer.bytes(bytes, false)).on('end', () => hearer.end())
  return { pause: () => void socket.pause(), resume: () => void socket.resume() }
}

interface KeptRead {
  readonly bytes: Buffer
  /** The large buffer that they stand in, of which the pool waits. */
  large?: LentBuffer | undefined
}

/** What is read while nobody wants it, up to a bound; then the socket is read no more. It is handed over in a later turn. */
class HeldReads implements SocketReader {
  readonly #socket: Socket
  readonly #hearer: ReadHearer
  readonly #mostBytes: number
  #kept: KeptRead[] = []
  #keptBytes = 0
  #isPaused = false
  #hasEnded = false

  constructor(socket: Socket, hearer: ReadHearer, mostBytes: number) {
    this.#socket = socket
    this.#hearer = hearer
    this.#mostBytes = mostBytes
  }

  take(bytes: Buffer): void {
    if (this.#isPaused || this.#kept.length > 0) this.#keep(bytes)
    else this.#hand(bytes)
  }

  end(): void {
    if (this.#kept.length > 0) this.#hasEnded = true
    else this.#hearer.end()
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    if (this.#kept.length > 0) process.nextTick(() => this.#empty())
    else this.#readOn()
  }

  drop(): void {
    this.own()
    this.#kept = []
    this.#hasEnded = false
  }

  /** The socket is closed. What is kept may be wanted still, or never: the pool does not wait for it. */
  own(): void {
    for (const kept of this.#kept) {
      if (kept.large) large.forget()
      kept.large = undefined
    }
  }

  /** In its own buffer, which somebody else would have to make again; few bytes in a large one are copied. */
  #keep(bytes: Buffer): void {
    const lent = bytes.length < bytes.buffer.byteLength / 4 ? undefined : lentBuffers.get(bytes.buffer)
    if (lent) lent.isHeld = true
    this.#kept.push(lent ? { bytes, large: lent.isLarge ? lent : undefined } : { bytes: Buffer.from(bytes) })
    this.#count(bytes.length)
  }

  #count(bytes: number): void {
    this.#keptBytes += bytes
    if (bytes > 0 && this.#keptBytes >= this.#mostBytes) this.#socket.pause()
  }

  #empty(): void {
    for (let kept = this.#next(); kept; kept = this.#next()) {
      this.#count(-kept.bytes.length)
      this.#hand(kept.bytes)
      if (!kept.large) continue
      kept.large.isHeld = false
      large.give(kept.large)
    }
    if (this.#isPaused || this.#kept.length > 0) return
    if (this.#hasEnded) this.#hearer.end()
    this.#hasEnded = false
    this.#readOn()
  }

  #next(): KeptRead | undefined {
    return this.#isPaused ? undefined : this.#kept.shift()
  }

  #readOn(): void {
    if (this.#socket.isPaused()) this.#socket.resume()
  }

  #hand(bytes: Buffer): void {
    if (this.#hearer.borrows()) {
      this.#hearer.bytes(bytes, true)
      return
    }
    for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
      // Whoever hears of a piece may want no more of them.
      if (this.#isPaused) {
        const rest = Buffer.from(bytes.subarray(from))
        this.#kept.unshift({ bytes: rest })
        this.#count(rest.length)
        return
      }
      this.#hearer.bytes(Buffer.from(bytes.subarray(from, from + PIECE_BYTES)), false)
    }
  }
}
