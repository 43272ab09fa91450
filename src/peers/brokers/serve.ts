import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createSecureContext, TLSSocket } from 'node:tls'
import { guardedFolder } from '../../processes/guarded-folder.ts'
import { readText } from '../../text/read-text.ts'
import type { InProcessBroker, StartContext } from './broker.ts'
import { accessTo, asksForTls, type BrokerTls, brokerTls, type TlsChoice } from './program/broker-tls.ts'

export interface ServePlace {
  /** Absent: a free port of 127.0.0.1. */
  readonly within?: StartContext | undefined
  readonly tls?: TlsChoice
  /** What it takes comes in WebSockets. */
  readonly webSockets?: (accept: (stream: Duplex) => void) => (socket: Socket) => void
}

/** Puts an in-process broker on a port. Disposing it ends every connection, frees the port and removes its certificates. */
export async function serve(
  core: Omit<InProcessBroker, 'address'>,
  { within, tls: choice, webSockets }: ServePlace = {},
): Promise<InProcessBroker> {
  const accept = webSockets?.(core.accept) ?? core.accept
  const sockets = new Set<Socket>()
  const folder = asksForTls(choice) ? await guardedFolder('broker') : undefined
  const tls = folder && (await brokerTls(choice, folder.path))
  const wrapped = tls ? await wrapper(tls) : (socket: Socket) => socket
  const server = within?.network ? await within.network.listen() : await listenHere()
  server.on('connection', socket => {
    // Otherwise Nagle and delayed acknowledgements would date a broker's second small packet up to 40 ms late.
    socket.setNoDelay(true)
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    accept(wrapped(socket))
  })
  return {
    ...core,
    address: within?.network?.address ?? { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
    ...accessTo(tls, webSockets !== undefined),
    async [Symbol.asyncDispose]() {
      const closed = new Promise(resolve => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await core[Symbol.asyncDispose]()
      await closed
      await folder?.remove()
    },
  }
}

/** The server's end of TLS over each socket. */
async function wrapper({ ca, cert, key, asksForCertificates }: BrokerTls): Promise<(socket: Socket) => Socket> {
  const text = (file: string) => readText(file, { encoding: 'latin1' })
  const secureContext = createSecureContext({ ca: await text(ca), cert: await text(cert), key: await text(key) })
  return socket => {
    const session = new TLSSocket(socket, {
      isServer: true,
      secureContext,
      ...(asksForCertificates && { requestCert: true, rejectUnauthorized: true }),
    })
    // A handshake that fails is told by the socket's end.
    session.on('error', () => socket.destroy())
    session.on('secure' as 'secureConnect', () => {
      // Node asks for a certificate; whether it is a good one is left to who asked.
      const { ssl } = session as unknown as { readonly ssl?: { verifyError(): Error | null } }
      if (asksForCertificates && ssl?.verifyError()) socket.destroy()
    })
    return session
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
