// A WebSocket client of ws under test, by the driver protocol (docs/drivers.md), with the heartbeat of its README ("How to detect and close
// broken connections"): it waits for the server's ping for an interval and a second, and pings nobody itself.
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'

const { env } = process
const tell = (what, more = {}) => process.stdout.write(`${JSON.stringify({ what, ...more })}\n`)

const keepaliveS = Number(env.HALFOPEN_KEEPALIVE)
const SPARE_MS = 1000
const RETRY_MS = 1000
// What an application that blocks its loop for good does.
const autoPong = !process.argv.includes('--no-pongs')
const host = env.HALFOPEN_HOST.includes(':') ? `[${env.HALFOPEN_HOST}]` : env.HALFOPEN_HOST
const address = `ws://${host}:${env.HALFOPEN_PORT}/?clientid=${env.HALFOPEN_CLIENTID}&keepalive=${keepaliveS}`
let socket

function open() {
  const own = new WebSocket(address, { autoPong, perMessageDeflate: false })
  socket = own
  let timeout
  const heartbeat = () => {
    clearTimeout(timeout)
    if (keepaliveS === 0) return
    timeout = setTimeout(
      () => {
        tell('error', { note: 'no ping' })
        own.terminate()
      },
      keepaliveS * 1000 + SPARE_MS,
    )
  }
  own.on('open', () => {
    tell('connected')
    heartbeat()
  })
  own.on('ping', heartbeat)
  own.on('error', ({ message }) => tell('error', { note: message }))
  own.on('close', code => {
    clearTimeout(timeout)
    tell('closed', { code })
    if (env.HALFOPEN_RECONNECT !== '1') return
    tell('reconnecting')
    setTimeout(open, RETRY_MS)
  })
}

open()

const lines = createInterface({ input: process.stdin })
lines.on('line', line => {
  const [, payload] = /^publish \d+ [012] \S+ (.*)$/.exec(line) ?? []
  // Nobody acknowledges a message of a WebSocket.
  if (payload !== undefined && socket.readyState === WebSocket.OPEN) socket.send(payload)
})
// At once: an orderly end would close the connection.
lines.on('close', () => process.exit())
