import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createWebSocketStream, WebSocketServer } from 'ws'

/** MQTT 3.1.1 and 5.0 §6: the subprotocol's name is mqtt; clients of MQTT 3.1 ask for mqttv3.1. */
const PROTOCOLS = ['mqtt', 'mqttv3.1']

/** Upgrades what comes on a socket, as Aedes' own documentation has it: the package ws, each connection as a stream. */
export function webSockets(accept: (stream: Duplex) => void): (socket: Socket) => void {
  const http = createServer((_request, response) => response.writeHead(426).end())
  const server = new WebSocketServer({
    server: http,
    handleProtocols: asked => PROTOCOLS.find(name => asked.has(name)) ?? false,
  })
  server.on('connection', webSocket => {
    const stream = createWebSocketStream(webSocket)
    // Its errors are those of the socket, and the broker tells of them.
    stream.on('error', () => {})
    accept(stream)
  })
  return socket => void http.emit('connection', socket)
}
