import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { InProcessBroker } from './broker.ts'

/** Puts an in-process broker on a free port of 127.0.0.1. Disposing it ends every connection and frees the port. */
export async function serve(core: Omit<InProcessBroker, 'address'>): Promise<InProcessBroker> {
  const sockets = new Set<Socket>()
  // Without noDelay, Nagle and delayed acknowledgements would date a broker's second small packet up to 40 ms late.
  const server = createServer({ noDelay: true }, socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    core.accept(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    ...core,
    address: { host: '127.0.0.1', port },
    async [Symbol.asyncDispose]() {
      const closed = new Promise(resolve => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await core[Symbol.asyncDispose]()
      await closed
    },
  }
}
