// The paths that are compared: none, Toxiproxy, ours; each a process of its own, driven through the same API.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
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
  return { echo, sink, memory: () => residentBytes(child.pid), stop: () => stop(child) }
}

async function answering(port) {
  for (let tries = 0; tries < 250; tries++) {
    const answer = await fetch(`http://127.0.0.1:${port}/version`).catch(() => undefined)
    if (answer) return answer.text()
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  throw new Error(`no proxy answers at 127.0.0.1:${port}`)
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
