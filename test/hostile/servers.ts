import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** What listens where a broker, a Toxiproxy or a Docker engine was expected, and is none. */
export interface HostileServer extends AsyncDisposable {
  readonly port: number
  /** Resolves with the next connection that is accepted. */
  connected(): Promise<void>
  /** All that it has sent, in bytes. */
  readonly sentBytes: number
}

const CONNACK = Buffer.from([0x20, 2, 0, 0])
/** 32 thousand of them. */
const PINGRESPS = Buffer.alloc(64 * 1024, Buffer.from([0xd0, 0]))
/** PUBLISH, with a length of 268 MB that never comes whole. */
const ENDLESS = Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1, 0x74])
/** Handshake failure, as a server of TLS says to who does not speak it. */
const TLS_ALERT = Buffer.from([0x15, 3, 1, 0, 2, 2, 40])
const HTML =
  'HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: 26\r\n\r\n<html>Bad Request</html>\r\n'

/** Of a server that drips PINGRESPs. */
let beats = 0

type Act = (socket: Socket, write: (bytes: Buffer) => boolean) => void

const onFirst =
  (act: Act): Act =>
  (socket, write) =>
    void socket.once('data', () => act(socket, write))

/** As fast as it is taken. */
const pour =
  (bytes: Buffer): Act =>
  (socket, write) => {
    const more = () => {
      while (!socket.destroyed && write(bytes));
    }
    socket.on('drain', more)
    more()
  }

const drip =
  (bytes: () => Buffer, everyMs = 150): Act =>
  (socket, write) => {
    const timer = setInterval(() => write(bytes()), everyMs)
    socket.once('close', () => clearInterval(timer))
  }

/** By name; each is told of a connection and what to write with. */
export const HOSTILE: Readonly<Record<string, Act>> = {
  'never answers': () => {},
  'does not even read': socket => void socket.pause(),
  'closes at once': socket => void socket.end(),
  'resets at once': socket => void socket.resetAndDestroy(),
  'closes at the first word': onFirst(socket => void socket.end()),
  'answers garbage': onFirst((_, write) => write(Buffer.from('f7b00c9dd00dfeed00112233445566778899', 'hex'))),
  'answers HTML': onFirst((socket, write) => {
    write(Buffer.from(HTML))
    socket.end()
  }),
  'speaks TLS only': onFirst((socket, write) => {
    write(TLS_ALERT)
    socket.end()
  }),
  'answers a byte at a time': onFirst((socket, write) => {
    const bytes = [...ENDLESS]
    drip(() => Buffer.from([bytes.shift() ?? 0x61]))(socket, write)
  }),
  // What a broker says, so slowly that something always comes and nothing ever is there in time.
  'answers as a broker does, a byte a second': onFirst((socket, write) => {
    const bytes = [...CONNACK]
    drip(() => Buffer.from([bytes.shift() ?? PINGRESPS[beats++ % 2] ?? 0]), 1000)(socket, write)
  }),
  'floods before anything is said': (socket, write) => pour(PINGRESPS)(socket, write),
  'floods within one packet': onFirst((socket, write) => {
    write(ENDLESS)
    pour(Buffer.alloc(64 * 1024, 0x61))(socket, write)
  }),
  'accepts, and never answers again': onFirst((_, write) => write(CONNACK)),
  'accepts, and floods': onFirst((socket, write) => {
    write(CONNACK)
    pour(PINGRESPS)(socket, write)
  }),
}

/** On a free port of the loopback; disposing it closes all that it has open. */
export async function hostileServer(act: Act): Promise<HostileServer> {
  const sockets = new Set<Socket>()
  const waiting: (() => void)[] = []
  let sentBytes = 0
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    for (const tell of waiting.splice(0)) tell()
    socket.resume()
    act(socket, bytes => {
      sentBytes += bytes.length
      return socket.write(bytes)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    connected: () => new Promise(resolve => waiting.push(resolve)),
    get sentBytes() {
      return sentBytes
    },
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}
