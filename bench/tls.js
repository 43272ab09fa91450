// 64 bytes there and back through a TLS link of ours beside two hops of TLS by Node alone, and 1,000 devices on it: `npm run build && node bench/tls.js`.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { connect, createServer } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { newAuthority } from '../build/certificates/authority.js'

const SELF = fileURLToPath(import.meta.url)
const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const MESSAGE = Buffer.alloc(64, 1)
const ROUNDS = 2000
const TURNS = 5
const DEVICES = 1000
const AT_ONCE = 50

/** What runs in a process of its own. */
const PARTS = {
  echo: pem => socket => void socket.pipe(socket) && pem,
  /** The least that two hops can be: what comes out of one session goes into the other. */
  node: (pem, upstream) => socket => {
    const on = connect({ port: upstream, host: '127.0.0.1', servername: 'localhost', ca: pem.ca })
    for (const each of [socket, on]) each.setNoDelay(true).on('error', () => {})
    socket.pipe(on).pipe(socket)
  },
}

function serve(part, file, upstream) {
  const pem = JSON.parse(readFileSync(file, 'utf8'))
  const accept = part(pem, upstream)
  const server = createServer(pem, socket => {
    socket.setNoDelay(true).on('error', () => {})
    accept(socket)
  })
  server.listen(0, '127.0.0.1', () => console.log(server.address().port))
}

export async function run() {
  const dir = mkdtempSync(join(tmpdir(), 'halfopen-bench-'))
  const children = []
  const start = async (...args) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    const [line] = await once(createInterface(child.stdout), 'line')
    return { child, line }
  }
  try {
    const authority = await newAuthority('CA of a bench')
    const file = join(dir, 'pem.json')
    writeFileSync(
      file,
      JSON.stringify({ ...(await authority.certify({ names: ['localhost'], use: 'server' })), ca: authority.ca }),
    )
    writeFileSync(join(dir, 'ca.pem'), authority.ca)
    const echo = Number((await start(SELF, 'echo', file)).line)
    const node = Number((await start(SELF, 'node', file, String(echo))).line)
    const { child, line } = await start(MAIN, 'proxy', '--listen', '127.0.0.1:0')
    const [api] = /http:\/\/[^;]+/.exec(line)
    const tls = { upstreamCA: join(dir, 'ca.pem') }
    const body = JSON.stringify({ name: 'tls', listen: '127.0.0.1:0', upstream: `localhost:${echo}`, tls })
    const made = await (await fetch(`${api}/proxies`, { method: 'POST', body })).json()
    const paths = {
      'one session, no link': { port: echo, ca: authority.ca },
      'two hops of Node': { port: node, ca: authority.ca },
      'the link of halfopen': { port: Number(made.listen.split(':')[1]), ca: made.tls.ca },
    }
    const rows = Object.fromEntries(Object.keys(paths).map(name => [name, []]))
    // Paths take turns, so that none has the quiet part of a noisy minute.
    for (let turn = 0; turn < TURNS; turn++)
      for (const [name, path] of Object.entries(paths)) rows[name].push(await roundTrips(path))
    for (const [name, all] of Object.entries(rows)) {
      const of = key => all.map(each => each[key])
      const each = of('p50').map(us => us.toFixed(0))
      console.log(
        `${name.padEnd(22)} 64 bytes there and back: p50 ${median(of('p50')).toFixed(0)} us (${each.join(', ')}), p99 ${median(of('p99')).toFixed(0)} us`,
      )
    }
    await devices(paths['the link of halfopen'], child.pid)
  } finally {
    for (const child of children) child.kill('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  }
}

const median = values => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

async function open({ port, ca }) {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca })
  socket.setNoDelay(true)
  await once(socket, 'secureConnect')
  return socket
}

async function roundTrips(path) {
  const socket = await open(path)
  const times = []
  for (let round = 0; round < ROUNDS; round++) {
    const from = process.hrtime.bigint()
    socket.write(MESSAGE)
    await once(socket, 'data')
    times.push(Number(process.hrtime.bigint() - from) / 1000)
  }
  socket.destroy()
  const sorted = times.toSorted((a, b) => a - b)
  return { p50: sorted[Math.floor(ROUNDS / 2)], p99: sorted[Math.floor(ROUNDS * 0.99)] }
}

/** All are there, all are answered, and none is lost. */
async function devices(path, pid) {
  const sockets = []
  let lost = 0
  let answers = 0
  const from = Date.now()
  while (sockets.length < DEVICES)
    sockets.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => open(path)))))
  const openedMs = Date.now() - from
  for (const socket of sockets)
    socket
      .on('data', () => answers++)
      .on('close', () => lost++)
      .on('error', () => {})
  for (const socket of sockets) socket.write(Buffer.from('c000', 'hex'))
  const askedMs = Date.now()
  while (answers < DEVICES && Date.now() - askedMs < 20_000) await pause(10)
  const answeredMs = Date.now() - askedMs
  const kib = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  console.log(
    `${DEVICES} devices: ${(openedMs / DEVICES).toFixed(1)} ms for a handshake at both edges, ${answers} answered within ${answeredMs} ms, ${lost} lost, the link has ${(kib / 1024).toFixed(0)} MB`,
  )
  for (const socket of sockets) socket.destroy()
}

if (process.argv[1] === SELF && process.argv[2] in PARTS)
  serve(PARTS[process.argv[2]], process.argv[3], Number(process.argv[4]))
else if (process.argv[1] === SELF) await run()
