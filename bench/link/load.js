// What is asked of a path: bytes, messages, connections. Everything on the loopback, bounded in count.
import { once } from 'node:events'
import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'
import { percentile } from '../percentile.js'

const CHUNK = Buffer.alloc(64 * 1024)
const MESSAGE = Buffer.alloc(64, 'm')
/** So that ports do not run short: each address of the loopback has 28,000 of its own. */
const SOURCES = 16

let dialled = 0

async function dial(port) {
  const localAddress = `127.0.0.${2 + (dialled++ % SOURCES)}`
  const socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true })
  await once(socket, 'connect')
  return socket
}

const close = sockets => {
  for (const socket of sockets) socket.on('error', () => {}).resetAndDestroy()
}

/** Megabytes a second over all connections together; each sends so many blocks, and the sink confirms each. */
export async function throughput(port, connections, blocks, blockBytes) {
  const sockets = await Promise.all(Array.from({ length: connections }, () => dial(port)))
  const startMs = performance.now()
  await Promise.all(sockets.map(socket => pour(socket, blocks, blockBytes)))
  const tookS = (performance.now() - startMs) / 1000
  close(sockets)
  return (connections * blocks * blockBytes) / 1e6 / tookS
}

async function pour(socket, blocks, blockBytes) {
  const confirmed = new Promise(resolve => {
    let missing = blocks
    socket.on('data', ({ length }) => {
      missing -= length
      if (missing <= 0) resolve()
    })
  })
  for (let left = blocks * blockBytes; left > 0; left -= CHUNK.length)
    if (!socket.write(left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK)) await once(socket, 'drain')
  await confirmed
}

/** Round trips of 64 bytes, one after another, in microseconds. */
export async function latency(port, rounds) {
  const socket = await dial(port)
  const tookUs = []
  for (let round = -500; round < rounds; round++) {
    const sentMs = performance.now()
    socket.write(MESSAGE)
    await once(socket, 'data')
    if (round >= 0) tookUs.push((performance.now() - sentMs) * 1000)
  }
  close([socket])
  tookUs.sort((a, b) => a - b)
  return { p50: percentile(tookUs, 0.5), p99: percentile(tookUs, 0.99) }
}

/** Connections a second: opened, one byte there and back, reset. */
export async function connectionRate(port, count, atOnce) {
  let left = count
  const startMs = performance.now()
  const worker = async () => {
    while (left-- > 0) {
      const socket = await dial(port)
      socket.write('x')
      await once(socket, 'data')
      close([socket])
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return count / ((performance.now() - startMs) / 1000)
}

/** Opens connections that are then idle; the function that is returned closes them. */
export async function holdIdle(port, count) {
  const sockets = []
  const worker = async () => {
    while (sockets.length < count) {
      const socket = dial(port)
      sockets.push(socket)
      const open = await socket
      open.write('x')
      await once(open, 'data')
    }
  }
  await Promise.all(Array.from({ length: 64 }, worker))
  const open = await Promise.all(sockets)
  return () => close(open)
}
