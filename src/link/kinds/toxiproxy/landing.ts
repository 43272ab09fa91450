import { randomBytes } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'

/** Short, since it takes part in whatever Toxiproxy does to the connection's first bytes. */
const TOKEN_BYTES = 8

export interface Landing extends AsyncDisposable {
  readonly port: number
  /**
   * The next connection that begins with the token belongs to the caller: `onLanded` gets it, without the token but
   * with what had come behind it. Forgotten by the result.
   */
  expect(onLanded: (socket: Socket, rest: Buffer) => void): { readonly token: Buffer; forget(): void }
}

/**
 * Where Toxiproxy's connections come out again, for all that go through one Toxiproxy. Which one is which, nothing in a
 * Toxiproxy tells: order of arrival is no proof where several open at once. So the near tap sends a token ahead, which takes
 * the same way as the SYN that it stands for (delayed by latency, held by a blackhole), and the far tap takes it out.
 */
export async function openLanding(host: string): Promise<Landing> {
  const expected = new Map<string, (socket: Socket, rest: Buffer) => void>()
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    readToken(socket, (token, rest) => {
      const onLanded = expected.get(token)
      expected.delete(token)
      // Not one of ours: a stranger, or a run that is over.
      if (onLanded) onLanded(socket, rest)
      else socket.destroy()
    })
  })
  await listen(server, host)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the far tap has no port')
  return {
    port: address.port,
    expect(onLanded) {
      const token = randomBytes(TOKEN_BYTES)
      const key = token.toString('hex')
      expected.set(key, onLanded)
      return { token, forget: () => void expected.delete(key) }
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function listen(server: Server, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', error => reject(new Error(`the far tap can't listen on ${host}: ${error.message}`)))
    server.listen(0, host, () => {
      server.removeAllListeners('error').on('error', () => {})
      resolve()
    })
  })
}

/** The token may come in pieces, behind a slicer. */
function readToken(socket: Socket, onToken: (token: string, rest: Buffer) => void): void {
  let head: Buffer = Buffer.alloc(0)
  const onData = (bytes: Buffer) => {
    head = Buffer.concat([head, bytes])
    if (head.length < TOKEN_BYTES) return
    socket.off('data', onData).off('end', giveUp).off('error', giveUp)
    onToken(head.subarray(0, TOKEN_BYTES).toString('hex'), head.subarray(TOKEN_BYTES))
  }
  const giveUp = () => socket.destroy()
  socket.on('data', onData).once('end', giveUp).once('error', giveUp)
}
