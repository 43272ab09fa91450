/** `probe` against the proxies that people have: a real nginx (TCP, and WebSocket) and a real HAProxy, in front of a broker. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, onTestFinished } from 'vitest'
import { realClock } from '../../../src/clock/real.ts'
import { probe } from '../../../src/commands/probe/probe.ts'
import { aedes } from '../../../src/peers/brokers/aedes.ts'
import { guardedFolder } from '../../../src/processes/guarded-folder.ts'
import { freePort } from '../../../src/processes/port.ts'
import { guardProcess } from '../../../src/processes/reaper.ts'
import { it, type Time } from '../../doubt/test.ts'
import { lackOf, noProgram, titled } from '../../needs.ts'
import { PATIENCE_MS, webBroker } from './path.ts'

const T_MS = 3000
const STREAM = '/usr/lib/nginx/modules/ngx_stream_module.so'
const noNginx =
  noProgram('nginx') ??
  (existsSync(STREAM)
    ? undefined
    : lackOf({ reason: "nginx's stream module is not there", remedy: 'apt-get install libnginx-mod-stream' }))
const noHaproxy = noProgram('haproxy')

/** Runs until the test has ended; resolves once it listens there. */
async function started(program: string, config: (folder: string, port: number) => string, flags: readonly string[]) {
  const folder = await guardedFolder('proxy')
  const port = await freePort()
  const file = join(folder.path, 'proxy.conf')
  writeFileSync(file, config(folder.path, port))
  const child = spawn(program, [...flags, file], { stdio: 'ignore' })
  const exited = once(child, 'exit')
  const release = guardProcess(child.pid as number)
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
    release()
    await folder.remove()
  })
  await listens(port)
  return port
}

async function listens(port: number): Promise<void> {
  const clock = realClock()
  for (const untilMs = clock.nowMs() + 5000; clock.nowMs() < untilMs; ) {
    const socket = connect(port, '127.0.0.1')
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (open) return
    await new Promise<void>(resolve => clock.at(clock.nowMs() + 50, resolve))
  }
  throw new Error(`nothing listens on port ${port}`)
}

async function tcpBroker(): Promise<number> {
  const broker = await aedes.start(aedes.options.parse({}))
  onTestFinished(() => broker[Symbol.asyncDispose]())
  return broker.address.port
}

const nginx = (core: string, inner: string) => (folder: string) =>
  `${core}
daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/errors;
events { worker_connections 512; }
${inner}`

const STORES = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

async function nginxStream(): Promise<number> {
  const to = await tcpBroker()
  return started(
    'nginx',
    (folder, port) =>
      nginx(
        `load_module ${STREAM};`,
        `stream { server { listen 127.0.0.1:${port}; proxy_pass 127.0.0.1:${to}; proxy_timeout ${T_MS}ms; } }`,
      )(folder),
    ['-c'],
  )
}

async function nginxWeb(): Promise<number> {
  const to = await webBroker()
  return started(
    'nginx',
    (folder, port) =>
      nginx(
        '',
        `http { access_log off; ${STORES.map(name => `${name}_temp_path ${folder}/${name};`).join(' ')}
  server { listen 127.0.0.1:${port}; location /mqtt { proxy_pass http://127.0.0.1:${to}; proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; proxy_read_timeout ${T_MS}ms; } } }`,
      )(folder),
    ['-c'],
  )
}

async function haproxyTcp(): Promise<number> {
  const to = await tcpBroker()
  return started(
    'haproxy',
    (_, port) => `defaults
  mode tcp
  timeout connect 5s
  timeout client ${T_MS}ms
  timeout server 20s
listen mqtt
  bind 127.0.0.1:${port}
  server broker 127.0.0.1:${to}
`,
    ['-db', '-f'],
  )
}

const CASES = [
  ['nginx, stream, proxy_timeout', noNginx, nginxStream, false],
  ['nginx, WebSocket, proxy_read_timeout', noNginx, nginxWeb, true],
  ['HAProxy, timeout client', noHaproxy, haproxyTcp, false],
] as const

async function found(time: Time, port: number, isWeb: boolean) {
  const startMs = time.nowMs()
  const { findings } = await probe({
    target: {
      host: '127.0.0.1',
      port,
      tls: false,
      ...(isWeb ? { web: { path: '/mqtt', authority: `127.0.0.1:${port}` } } : {}),
    },
    clock: realClock(),
    id: `hpx${port.toString(36)}`,
    maxMs: 6000,
    connections: 120,
    patienceMs: PATIENCE_MS,
    signal: new AbortController().signal,
    progress: () => {},
  })
  return { findings, startMs, doubt: time.doubt(startMs, time.nowMs()) }
}

describe.concurrent('a probe through a real proxy, real time', () => {
  for (const [name, missing, start, isWeb] of CASES) {
    it.skipIf(missing)(
      titled(`${name}: the bounds hold it, and it is no maximum age`, missing),
      async ({ expect, time }) => {
        const { findings, startMs, doubt } = await found(time, await start(), isWeb)
        const { longMs } = doubt
        time.unlessStill(PATIENCE_MS / 2, startMs, () => {
          time.claim(
            'the silence that lived',
            findings.aliveMs,
            { latestMs: T_MS, spareMs: 100 },
            { shortMs: longMs, longMs },
          )
          time.claim(
            'the silence that died',
            findings.deadMs,
            { earliestMs: T_MS, latestMs: T_MS + 700 },
            { shortMs: longMs, longMs },
          )
          expect(findings).toMatchObject({ maxAge: undefined, byBroker: false, tcpKeepsAlive: false })
          expect(findings.dead?.outcome).toMatchObject({ what: 'ended', how: 'fin' })
        })
      },
    )
  }
})
