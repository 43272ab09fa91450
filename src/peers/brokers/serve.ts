import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WEBSOCKET } from '../reach/access.ts'
import type { Ground, InProcessBroker } from './broker.ts'

/** `webSockets`: what it takes comes in WebSockets. Puts an in-process broker on a free port of 127.0.0.1, or on its ground. Disposing it ends every connection and frees the port. */
export async function serve(
  core: Omit<InProcessBroker, 'address'>,
  ground?: Ground,
  webSockets?: (accept: (stream: Duplex) => void) => (socket: Socket) => void,
): Promise<InProcessBroker> {
  const accept = webSockets?.(core.accept) ?? core.accept
  const sockets = new Set<Socket>()
  const server = ground?.network ? await ground.network.listen() : await listenHere()
  server.on('connection', socket => {
    // Otherwise Nagle and delayed acknowledgements would date a broker's second small packet up to 40 ms late.
    socket.setNoDelay(true)
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    accept(socket)
  })
  return {
    ...core,
    ...(webSockets ? { access: WEBSOCKET } : {}),
    address: ground?.network?.address ?? { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
    async [Symbol.asyncDispose]() {
      const closed = new Promise(resolve => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await core[Symbol.asyncDispose]()
      await closed
    },
  }
}

async function listenHere(): Promise<Server> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return server
}
