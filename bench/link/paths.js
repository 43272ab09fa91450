// The paths that are compared: none, Toxiproxy, ours; each a process of its own, driven through the same API.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const TOXIPROXY = process.env.HALFOPEN_TOXIPROXY_SERVER || 'toxiproxy-server'

/** As many descriptors as the system lets us have: two for each connection. */
const ROOM = '{ ulimit -n 65536 || ulimit -n $(ulimit -Hn); } 2>/dev/null'
const roomy = (command, args) => ['sh', ['-c', `${ROOM}; exec "$0" "$@"`, command, ...args]]

/** How many connections a proxy can have here, up to `most`. */
export async function connectionLimit(most) {
  const { stdout } = await promisify(execFile)('sh', ['-c', `${ROOM}; ulimit -n`])
  return stdout.trim() === 'unlimited' ? most : Math.min(most, Math.floor((Number(stdout) - 200) / 2))
}

export async function startUpstream(blockBytes) {
  const script = fileURLToPath(new URL('./upstream.js', import.meta.url))
  const child = spawn(...roomy(process.execPath, [script, String(blockBytes)]), { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = await once(createInterface(child.stdout), 'line')
  return { ...JSON.parse(line), stop: () => stop(child) }
}

/** `node` options, such as --cpu-prof, for ours. */
export async function startOurs(upstream, node = []) {
  const port = await freePort()
  const args = [...node, MAIN, 'proxy', '--listen', `127.0.0.1:${port}`]
  return startProxy(process.execPath, args, port, upstream)
}

/** Undefined where there is none. */
export async function startToxiproxy(upstream) {
  const found = await promisify(execFile)(TOXIPROXY, ['-version']).catch(() => undefined)
  if (!found) return undefined
  const port = await freePort()
  return startProxy(TOXIPROXY, ['-host', '127.0.0.1', '-port', String(port)], port, upstream)
}

/** HAProxy as a TCP relay, as Debian has it. Undefined where there is none. */
export async function startHaproxy(upstream) {
  if (!(await isThere('haproxy', ['-v']))) return undefined
  const [echo, sink] = [await freePort(), await freePort()]
  const folder = await mkdtemp(join(tmpdir(), 'halfopen-bench-'))
  const file = join(folder, 'haproxy.cfg')
  const listen = (name, port, to) => `listen ${name}\n bind 127.0.0.1:${port}\n server upstream 127.0.0.1:${to}\n`
  // How many connections it may have it reckons from what it may open.
  const limits = 'defaults\n mode tcp\n'
  const times = ' timeout connect 10s\n timeout client 10m\n timeout server 10m\n'
  await writeFile(file, `${limits}${times}${listen('echo', echo, upstream.echo)}${listen('sink', sink, upstream.sink)}`)
  const child = started('haproxy', ['-db', '-f', file])
  await listening(echo)
  const end = async () => {
    await stop(child)
    await rm(folder, { recursive: true, force: true })
  }
  return { echo, sink, memory: () => residentBytes(child.pid), cpuMs: cpuOf(child.pid), stop: end }
}

/** socat, which forks for each connection: its memory is not one process's, so it is not told. Undefined where there is none. */
export async function startSocat(upstream) {
  if (!(await isThere('socat', ['-V']))) return undefined
  const one = async to => {
    const port = await freePort()
    const child = started('socat', [
      `TCP-LISTEN:${port},bind=127.0.0.1,fork,reuseaddr,nodelay,backlog=4096`,
      `TCP:127.0.0.1:${to},nodelay`,
    ])
    await listening(port)
    return { port, child }
  }
  const [echo, sink] = [await one(upstream.echo), await one(upstream.sink)]
  const end = async () => {
    for (const { child } of [echo, sink]) await stop(child)
  }
  return { echo: echo.port, sink: sink.port, stop: end }
}

/** A bare relay in Go (relay.go). Undefined where Go is not there. */
export async function startGo(upstream) {
  if (!(await isThere('go', ['version']))) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'halfopen-bench-'))
  const program = join(folder, 'relay')
  const source = fileURLToPath(new URL('./relay.go', import.meta.url))
  await promisify(execFile)('go', ['build', '-o', program, source])
  const child = spawn(...roomy(program, [String(upstream.echo), String(upstream.sink)]), {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface(child.stdout), 'line')
  const end = async () => {
    await stop(child)
    await rm(folder, { recursive: true, force: true })
  }
  return { ...JSON.parse(line), memory: () => residentBytes(child.pid), cpuMs: cpuOf(child.pid), stop: end }
}

const isThere = (command, args) =>
  promisify(execFile)(command, args).then(
    () => true,
    () => false,
  )

function started(command, args) {
  const child = spawn(...roomy(command, args), { stdio: 'ignore' })
  process.once('exit', () => child.kill('SIGKILL'))
  return child
}

async function listening(port) {
  for (let tries = 0; tries < 250; tries++) {
    const socket = connect({ port, host: '127.0.0.1' })
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isOpen) return
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  throw new Error(`nothing listens at 127.0.0.1:${port}`)
}

async function startProxy(command, args, port, upstream) {
  const child = spawn(...roomy(command, args), { stdio: 'ignore', env: { ...process.env, LOG_LEVEL: 'error' } })
  // Whatever becomes of this run, its proxies end with it.
  process.once('exit', () => child.kill('SIGKILL'))
  const create = async (name, to) => {
    const body = JSON.stringify({ name, listen: '127.0.0.1:0', upstream: `127.0.0.1:${to}` })
    const answer = await fetch(`http://127.0.0.1:${port}/proxies`, { method: 'POST', body })
    return Number((await answer.json()).listen.split(':')[1])
  }
  await answering(port)
  const echo = await create('echo', upstream.echo)
  const sink = await create('sink', upstream.sink)
  return { echo, sink, memory: () => residentBytes(child.pid), cpuMs: cpuOf(child.pid), stop: () => stop(child) }
}

async function answering(port) {
  for (let tries = 0; tries < 250; tries++) {
    const answer = await fetch(`http://127.0.0.1:${port}/version`).catch(() => undefined)
    if (answer) return answer.text()
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  throw new Error(`no proxy answers at 127.0.0.1:${port}`)
}

/** What tells the processor time of a process so far, from Linux' /proc/PID/stat (utime and stime, in hundredths of a second); undefined elsewhere. */
const cpuOf = pid =>
  process.platform !== 'linux'
    ? undefined
    : () => {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
        const [user, system] = stat
          .slice(stat.lastIndexOf(')') + 2)
          .split(' ')
          .slice(11, 13)
        return (Number(user) + Number(system)) * 10
      }

async function residentBytes(pid) {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])
  return Number(stdout) * 1024
}

async function stop(child) {
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}
