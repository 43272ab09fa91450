/**
 * A client of raw sockets for `halfopen device`, good or bad: `raw.js KIND PORT K [CA]`; with the CA's file inside of TLS.
 * - good: pings after K without a packet of its own, gives up K later, backs off where it is refused, waits 1 s where it was accepted;
 * - storm: as good, but comes back at once where it was accepted;
 * - stale: takes the first ping of its next connection as unanswered, after one that was;
 * - receiving: whatever it receives postpones its ping;
 * - mute: connects and sends nothing more;
 * - once: pings once and never again;
 * - fast: pings each K/20;
 * - twin: opens a second connection with the same id 1.5 K later, and keeps the first;
 * - drowsy: where it was stopped for longer than K, it does not see that its connection is over.
 */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'

const [kind, port, keepalive, ca] = process.argv.slice(2)
const address = { port: Number(port), host: '127.0.0.1' }
const kMs = 1000 * Number(keepalive)
const pingMs = kind === 'fast' ? kMs / 20 : kMs
const id = Buffer.from(`raw-${kind}`)
const level = Buffer.from([0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, Number(keepalive), 0, id.length])
const CONNECT = Buffer.concat([Buffer.from([0x10, level.length + id.length]), level, id])
const filter = Buffer.from('cmd/raw')
const SUBSCRIBE = Buffer.concat([
  Buffer.from([0x82, filter.length + 5, 0, 1, 0, filter.length]),
  filter,
  Buffer.from([0]),
])
const PINGREQ = Buffer.from([0xc0, 0])

let failures = 0
let ticked = Date.now()
let overslept = false
setInterval(() => {
  overslept ||= Date.now() - ticked > kMs
  ticked = Date.now()
}, 100)
let isStale = false
let newest

function session() {
  const socket = ca ? connectTls({ ...address, ca: readFileSync(ca), servername: 'localhost' }) : connect(address)
  newest = socket
  let accepted = false
  let pings = 0
  let ping
  let patience
  const arm = () => {
    clearTimeout(ping)
    if (kind !== 'mute' && (kind !== 'once' || pings < 1)) ping = setTimeout(due, pingMs)
  }
  const due = () => {
    if (isStale) {
      isStale = false
      socket.destroy()
      return
    }
    socket.write(PINGREQ)
    pings++
    patience ??= setTimeout(() => {
      isStale = kind === 'stale'
      socket.destroy()
    }, kMs)
    arm()
  }
  socket.on(ca ? 'secureConnect' : 'connect', () => socket.write(CONNECT))
  socket.on('data', bytes => {
    if (bytes[0] === 0x20 && bytes[3] === 0) {
      accepted = true
      failures = 0
      if (kind !== 'mute') socket.write(SUBSCRIBE)
      arm()
      if (kind === 'twin') setTimeout(session, 1.5 * kMs)
    }
    if (kind === 'receiving' && accepted) arm()
    if (bytes[0] === 0xd0) {
      clearTimeout(patience)
      patience = undefined
    }
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    // The interval may fire after it.
    if (kind === 'drowsy' && (overslept || Date.now() - ticked > kMs)) return
    clearTimeout(ping)
    clearTimeout(patience)
    if (kind === 'twin' && socket !== newest) return
    if (!accepted) failures++
    const waitMs = accepted ? (kind === 'storm' ? 0 : 1000) : 300 * 2 ** failures * (0.5 + Math.random() / 2)
    setTimeout(session, waitMs)
  })
}
session()
