/**
 * The link on real sockets: a listener for the clients, a dialled socket to the broker for each of them.
 *
 * What a relay in user space can't do: its own kernel completes the client's handshake and acknowledges every byte, so
 * a client never sees a connect time-out, a retransmission or ETIMEDOUT here; and TCP keep-alive probes end here.
 */
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Side } from '../../model/flow.ts'
import { plainly } from '../../text/message-of.ts'
import type { Attach, End, Hearer, Layer } from './ends.ts'
import { peerViewer } from './kernel-view.ts'
import { pinBytes } from './read-buffers.ts'
import { type ReadHearer, readSocket, type SocketReader } from './socket-reader.ts'

export interface Endpoint {
  readonly host: string
  readonly port: number
}

export interface Relay extends AsyncDisposable {
  readonly address: Endpoint
}

/** A hub, or whoever stands before one. `from`: the client's own address. */
export interface Entrance {
  connect(attach: Attach, from: Endpoint): unknown
  dispose(): void
}

const HOST = '127.0.0.1'

export const SOCKET = {
  allowHalfOpen: true,
  noDelay: true,
  /** With Node's 16 KiB, each chunk (64 KiB) would stop the source until the next tick: a third of the time of a transfer. */
  highWaterMark: 256 * 1024,
} as const

export interface RelayPlace {
  /** Absent: 127.0.0.1. */
  readonly host?: string
  /** Absent, or 0: a free one. */
  readonly port?: number | undefined
  /** Between the sockets and the packets; absent: nothing. */
  readonly layer?: Layer | undefined
}

const bare: Layer = below => below

/** Rejects where the port is taken; the system's own error is the cause. */
export async function startRelay(
  hub: Entrance,
  upstream: Endpoint,
  { host = HOST, port = 0, layer = bare }: RelayPlace = {},
): Promise<Relay> {
  const sockets = new Set<Socket>()
  let closing = false
  const keep = (socket: Socket) => sockets.add(socket.once('close', () => sockets.delete(socket)))
  const server = createServer(SOCKET, client => {
    keep(client)
    if (closing) {
      client.destroy()
      return
    }
    const dial = () => {
      const broker = connect({ ...upstream, ...SOCKET })
      keep(broker)
      return broker
    }
    const from = { host: client.remoteAddress ?? '', port: client.remotePort ?? 0 }
    const attach: Attach = hearer => ({ client: acceptedEnd(client, hearer), broker: dialledEnd(dial, hearer, true) })
    hub.connect(layer(attach), from)
  })
  await listen(server, host, port)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the relay has no port')
  return {
    address: { host: address.address, port: address.port },
    async [Symbol.asyncDispose]() {
      closing = true
      hub.dispose()
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, host, port)))
    server.listen(port, host, () => resolve())
  })
  // Later errors are of single accepts (too many open files): that client gets no connection, the others go on.
  server.removeAllListeners('error').on('error', () => {})
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const isTaken = error.code === 'EADDRINUSE'
  const reason = isTaken ? 'the port is taken; leave it out to get a free one' : plainly(error)
  return new Error(`the link can't listen on ${host}:${port}: ${reason}`, { cause: error })
}

function acceptedEnd(socket: Socket, connection: Hearer): End {
  return { ...socketEnd(socket, 'client', connection, true), open: sent => sent?.() }
}

/** The broker's end has no socket until the `open` leaves the link; what is sent to it waits in the connection. */
export function dialledEnd(dial: () => Socket, connection: Hearer, lends = false): End {
  let end: Omit<End, 'open'> | undefined
  return {
    open(sent) {
      const socket = dial()
      // Node sends the SYN at the end of this tick, before this.
      if (sent) process.nextTick(sent)
      end = socketEnd(socket, 'broker', connection, lends)
      socket.once('connect', () => connection.established())
    },
    write: (bytes, sent) => (end ? end.write(bytes, sent) : sent?.()),
    fin: sent => (end ? end.fin(sent) : sent?.()),
    rst: sent => (end ? end.rst(sent) : sent?.()),
    pause: () => end?.pause(),
    resume: () => end?.resume(),
    leaveUnread: on => end?.leaveUnread?.(on),
    // Not dialled yet: nothing can have come from there.
    look: async () => (end ? end.look?.() : { unreadBytes: 0 }),
    close: () => end?.close(),
  }
}

/** `lends`: what is read may be borrowed by whoever can, since it is written to a socket of this file. */
function hear(socket: Socket, side: Side, connection: Hearer, lends: boolean): SocketReader {
  // ECONNRESET, EPIPE; ECONNREFUSED of the dial, which is an RST too; a host that can't be reached has no other name.
  socket.on('error', () => connection.arrive(side, { what: 'rst' }))
  socket.on('drain', () => connection.congested(side, false))
  const hearer: ReadHearer = {
    borrows: () => lends && connection.borrows?.() === true,
    bytes: (bytes, lent) => connection.arrive(side, lent ? { what: 'bytes', bytes, lent } : { what: 'bytes', bytes }),
    end: () => connection.arrive(side, { what: 'fin' }),
  }
  return readSocket(socket, hearer, SOCKET.highWaterMark)
}

function socketEnd(socket: Socket, side: Side, connection: Hearer, lends: boolean): Omit<End, 'open'> {
  const reader = hear(socket, side, connection, lends)
  return {
    write(bytes, sent) {
      const isWritten = sent && once(sent)
      // Where nobody dates it, a callback would be a request and a closure that outlive their bytes.
      const hasRoom = isWritten ? socket.write(bytes, isWritten) : socket.write(bytes)
      // The kernel took all of it at once.
      if (socket.writableLength === 0) isWritten?.()
      else {
        pinBytes(bytes, socket)
        if (!hasRoom) connection.congested(side, true)
      }
    },
    // The FIN leaves when all that was written has, in a later turn of the loop.
    fin: sent => void socket.end(once(sent)),
    rst: sent => reset(socket, once(sent)),
    pause: () => reader.pause(),
    resume: () => reader.resume(),
    leaveUnread: on => leaveUnread(socket, on),
    look: peerViewer(socket),
    close: () => socket.destroySoon(),
  }
}

/** What Node keeps below a socket (lib/net.js, `tryReadStart` and `Socket.prototype.pause`). */
interface Readable {
  readonly _handle?: { reading: boolean; readStart(): number; readStop(): number } | null
}

/**
 * `pause` lets Node read on until a buffer of its own is full, and hears of the peer's FIN; only its handle can be told to read
 * nothing at all. Node has no public way to say that of a socket that a server accepted.
 */
function leaveUnread(socket: Socket, on: boolean): void {
  const { _handle: handle } = socket as Readable
  if (!handle || socket.destroyed) return
  handle.reading = !on
  if (on) handle.readStop()
  else handle.readStart()
}

/** libuv refuses an RST (EINVAL) while a FIN is still on its way out. */
export function reset(socket: Socket, sent: () => void = () => {}): void {
  const now = () => {
    socket.resetAndDestroy()
    sent()
  }
  if (socket.writableEnded && !socket.writableFinished) socket.once('finish', now)
  else now()
}

/** Node may call back although the bytes were seen to be gone. */
function once(act: () => void = () => {}): () => void {
  let isDone = false
  return () => {
    if (!isDone) act()
    isDone = true
  }
}
