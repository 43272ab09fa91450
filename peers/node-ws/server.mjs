// A WebSocket server of ws, with the heartbeat of its README ("How to detect and close broken connections"): a ping each interval, and an
// end for a client that has sent no pong from one ping to the next. The README has one interval for all; here each client names its own.
import { WebSocketServer } from 'ws'

const [, host, port] = process.argv.slice(2)
const tell = (what, clientId, note) => process.stdout.write(`${JSON.stringify({ what, clientId, note })}\n`)
/** As the README has it. */
const DEFAULT_MS = 30_000

new WebSocketServer({ host, port: Number(port) }).on('connection', (socket, { url }) => {
  const asked = new URL(url, 'ws://localhost').searchParams
  const clientId = asked.get('clientid') ?? ''
  const everyMs = asked.has('keepalive') ? Number(asked.get('keepalive')) * 1000 : DEFAULT_MS
  let isAlive = true
  tell('client-connected', clientId)
  const look = () => {
    if (!isAlive) {
      tell('keepalive-timeout', clientId)
      return socket.terminate()
    }
    isAlive = false
    socket.ping()
  }
  const interval = everyMs > 0 ? setInterval(look, everyMs) : undefined
  socket.on('pong', () => {
    isAlive = true
  })
  socket.on('error', () => {})
  socket.on('close', code => {
    clearInterval(interval)
    tell('client-closed', clientId, String(code))
  })
})
