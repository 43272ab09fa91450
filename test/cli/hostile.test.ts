/**
 * Every command that is given an address, against what listens there and is no broker: it ends in bounded time with the exit
 * code that the README promises, and one message; and at once when it is told to.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { constants } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, vi } from 'vitest'
import { familyOf } from '../../src/clock/scheduler.ts'
import { test } from '../doubt/test.ts'
import { HOSTILE, hostileServer } from '../hostile/servers.ts'
import { some } from '../some.ts'
import { MAIN, PASSES_IN_REAL_TIME, type Project, project, shellCode } from './halfopen.ts'

interface Attacked {
  readonly name: string
  readonly args: (port: number) => readonly string[]
  readonly env?: (port: number, home: string) => NodeJS.ProcessEnv
  /** Added where it is to wait until it is stopped, and not to give the server up before. */
  readonly patient?: readonly string[]
  /** What ends it, as text of stdout and stderr. */
  readonly says: RegExp
  readonly exitCode: number
  /** Beside a dozen others on two cores. */
  readonly limitMs: number
}

const external = (port: number) => `name: an external broker
broker: { name: external, url: "mqtt://127.0.0.1:${port}" }
client: { name: silent, keepalive: 1s }
expect: [broker-drops-client]
until: 3s
`

const COMMANDS: readonly Attacked[] = [
  {
    name: 'probe',
    args: port => ['probe', `mqtt://127.0.0.1:${port}`, '--max', '1s', '--patience', '500ms'],
    patient: ['--patience', '60s'],
    says: /^error: mqtt:\/\/127\.0\.0\.1:\d+:? .+$|Nothing is known yet\./m,
    exitCode: 3,
    limitMs: 20_000,
  },
  {
    name: 'run --broker-url',
    args: port => ['run', 'one.yaml', '--broker-url', `mqtt://127.0.0.1:${port}`],
    says: /no MQTT broker can be used at mqtt:\/\/127\.0\.0\.1:\d+|no SUBACK within 10 s/,
    exitCode: 3,
    limitMs: 60_000,
  },
  {
    name: 'run, with an external broker',
    args: () => ['run', 'external.yaml'],
    says: /mqtt:\/\/127\.0\.0\.1:\d+: it |no SUBACK within 10 s/,
    exitCode: 3,
    limitMs: 60_000,
  },
  {
    name: 'calibrate --broker',
    args: port => ['calibrate', '--broker', `mqtt://127.0.0.1:${port}`],
    says: /^no profile of external:\n {2}the broker external can't be measured: .+$/m,
    exitCode: 3,
    limitMs: 60_000,
  },
  {
    name: 'device --broker',
    args: port => ['device', '--listen', '127.0.0.1:0', '--broker', `mqtt://127.0.0.1:${port}`, '--wait', '1s'],
    says: /^inconclusive: No device connected within 1 s|^error: --broker: nothing answers at 127\.0\.0\.1:\d+: connect ECONNRESET/m,
    exitCode: 3,
    limitMs: 20_000,
  },
  {
    name: 'run --toxiproxy',
    args: port => ['run', 'one.yaml', '--toxiproxy', `http://127.0.0.1:${port}`],
    says: /Toxiproxy at http:\/\/127\.0\.0\.1:\d+|no Toxiproxy answers/,
    exitCode: 3,
    limitMs: 60_000,
  },
  {
    name: 'run --lab containers',
    args: () => ['run', 'one.yaml', '--lab', 'containers'],
    env: port => ({ DOCKER_HOST: `tcp://127.0.0.1:${port}` }),
    says: /no Docker engine answers at tcp:\/\/127\.0\.0\.1:\d+/,
    exitCode: 3,
    limitMs: 60_000,
  },
]

const withFiles = (port: number): Promise<Project> =>
  project({ 'one.yaml': PASSES_IN_REAL_TIME, 'external.yaml': external(port), '.git': '' })

/** No words of Node's own, and nothing twice. */
function expectPlain(stderr: string): void {
  expect(stderr).not.toMatch(/^\s+at |node:internal|Warning:|UnhandledPromise|MaxListeners/m)
  // How far a run is comes every ten seconds, and a long line of it is wrapped.
  const rest = stderr.replace(/^\d+ of \d+ scenarios? done after [^\n]*(?:\n(?!\d+ of |halfopen|error)[^\n]+)*/gm, '')
  const lines = rest.split('\n').filter(line => line !== '')
  expect(new Set(lines).size, stderr).toBe(lines.length)
}

describe.concurrent('a command whose other end', () => {
  const behaviours = Object.keys(HOSTILE)
  const cases = COMMANDS.flatMap(command => behaviours.map(behaviour => ({ command, behaviour })))
  // Each of a kind once; all of them where there is time.
  const asked = cases.filter((_, i) => process.env.HALFOPEN_SLOW || i % 5 === 0 || cases[i]?.command.name === 'probe')
  test.for(some(asked))('$behaviour: $command.name', async ({ command, behaviour }, { time }) => {
    await using server = await hostileServer(HOSTILE[behaviour] ?? expect.fail(behaviour))
    await using home = await withFiles(server.port)
    const startMs = time.nowMs()
    const run = home.run(command.args(server.port), command.env?.(server.port, home.dir) ?? {})
    time.alsoOf(run.pid)
    const { exitCode, stdout, stderr } = await run
    time.took('the command', startMs, { latestMs: command.limitMs, spareMs: command.limitMs })
    expect(`${stdout}\n${stderr}`).toMatch(command.says)
    expect(exitCode).toBe(command.exitCode)
    expectPlain(stderr)
  })
})

/** A tool of that name that never ends, and says so in a file. */
async function hangingTool(home: Project, name: string): Promise<string> {
  const folder = join(home.dir, 'bin')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, name), `#!/bin/sh\necho $$ >>"${home.dir}/hangs"\nexec sleep 60\n`)
  await chmod(join(folder, name), 0o755)
  return `${folder}:${process.env.PATH}`
}

const WAITING: readonly Pick<Attacked, 'name' | 'args' | 'env' | 'patient'>[] = [
  ...COMMANDS,
  // Not these: each has a test of its own (device.test.ts, peers.test.ts), or waits for nothing: judge, list, merge, advise, init.
  { name: 'proxy', args: () => ['proxy', '--listen', '127.0.0.1:0'] },
  { name: 'repro', args: () => ['repro', '--middlebox', 'aws-nlb', '--after', '9s', '--keepalive', '6s'] },
  { name: 'compare', args: () => ['compare', '--lab', 'local', '--keepalive', '4s'] },
  { name: 'ratios --clients', args: () => ['ratios', '--clients', 'mqttjs', '--brokers', 'aedes'] },
  { name: 'calibrate --client', args: () => ['calibrate', '--client', 'mqttjs'] },
  { name: 'run', args: () => ['run', 'one.yaml'] },
]

/** Once it, or a process of it, serves something on the loopback, a broker or a link: then it is at work. Linux tells. */
async function works(pid: number | undefined): Promise<void> {
  const listens = () => {
    const inodes = readFileSync('/proc/net/tcp', 'latin1')
      .split('\n')
      .map(line => line.trim().split(/\s+/))
      .flatMap(([, , , state, , , , , , inode]) => (state === '0A' ? [`socket:[${inode}]`] : []))
    const folders = familyOf(pid ?? 0).map(member => `/proc/${member}/fd`)
    const open = folders.flatMap(folder => list(folder).map(fd => readlink(`${folder}/${fd}`)))
    return open.some(name => inodes.includes(name))
  }
  await vi.waitUntil(listens, { timeout: 60_000, interval: 20 })
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    // It has ended.
    return []
  }
}

function readlink(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

const AT_ONCE = { latestMs: 4000, spareMs: 4000 }

describe.concurrent('a command that waits', () => {
  const known = process.platform === 'linux' ? WAITING : COMMANDS
  const cases = known.flatMap((command, i) =>
    (['SIGINT', 'SIGTERM'] as const)
      .filter((_, signal) => process.env.HALFOPEN_SLOW || i % 2 === signal)
      .map(signal => ({ command, signal })),
  )
  test.for(some(cases))('ends at once by $signal: $command.name', async ({ command, signal }, { time }) => {
    await using server = await hostileServer(HOSTILE['never answers'] ?? expect.fail())
    await using home = await withFiles(server.port)
    const connected = server.connected()
    const run = home.run(
      [...command.args(server.port), ...(command.patient ?? [])],
      command.env?.(server.port, home.dir) ?? {},
    )
    time.alsoOf(run.pid)
    // Until it waits: for the server where it was given one, else a moment after it has begun.
    const asksServer = COMMANDS.some(({ name }) => name === command.name)
    await Promise.race([asksServer ? connected : works(run.pid), run])
    const askedMs = time.nowMs()
    run.kill(signal)
    const result = await run
    time.took('the end', askedMs, AT_ONCE)
    expect(shellCode(result)).toBe(128 + constants.signals[signal])
    expectPlain(result.stderr)
  })

  test.for(['SIGINT', 'SIGTERM'] as const)('for a tool that hangs ends at once by %s', async (signal, { time }) => {
    await using home = await project()
    const PATH = await hangingTool(home, 'npm')
    const run = home.run(['peers', 'mqttjs-4'], { PATH, HALFOPEN_PEERS: join(home.dir, 'made') })
    await vi.waitUntil(() => existsSync(join(home.dir, 'hangs')), { timeout: 60_000, interval: 20 })
    time.alsoOf(run.pid)
    const askedMs = time.nowMs()
    run.kill(signal)
    const { exitCode, stdout } = await run
    time.took('the end', askedMs, AT_ONCE)
    expect([exitCode, stdout]).toEqual([128 + constants.signals[signal], 'mqttjs-4  stopped'])
  })

  test('for tools that hang tells so: doctor', async ({ time }) => {
    await using home = await project()
    const PATH = await hangingTool(home, 'docker')
    const startMs = time.nowMs()
    const { exitCode, stdout } = await home.run(['doctor'], { PATH })
    time.took('the command', startMs, { latestMs: 30_000, spareMs: 30_000 })
    expect(stdout).toMatch(/docker {2}\S+\/bin\/docker: it did not answer\s+within 5 s/)
    expect(exitCode).toBe(0)
  })
})

/** A CONNECT of MQTT 3.1.1, the beginning of a ClientHello, and a request of HTTP that never ends. */
const BEGINNINGS = {
  connect: Buffer.from('100d00044d5154540402000a000164', 'hex'),
  hello: Buffer.from('16030102000100fc0303', 'hex'),
  request: Buffer.from('POST /proxies HTTP/1.1\r\n'),
}

/** Says them to a listener a byte a second, and then one PINGREQ after the other. */
async function dripTo(port: number, bytes: Buffer): Promise<AsyncDisposable> {
  const socket = connect(port, '127.0.0.1').resume()
  socket.on('error', () => {})
  await once(socket, 'connect')
  let said = 0
  const say = () => socket.write(Buffer.from([bytes[said++] ?? (said % 2 === 0 ? 0xc0 : 0)]))
  const timer = setInterval(say, 1000)
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      socket.destroy()
    },
  }
}

/** Where it says that it listens. */
const listening = (run: ReturnType<Project['run']>): Promise<number> =>
  new Promise((resolve, reject) => {
    let said = ''
    const see = (bytes: Buffer) => {
      said += bytes
      const [, port] = /127\.0\.0\.1:(\d+)/.exec(said) ?? []
      if (port !== undefined) resolve(Number(port))
    }
    run.stdout.on('data', see)
    run.stderr.on('data', see)
    run.then(() => reject(new Error(`it never listened: ${said}`)))
  })

describe.concurrent('what connects and drips, a byte a second,', () => {
  const DEVICE = ['device', '--listen', '127.0.0.1:0']
  const DRIPPED = [
    { name: 'device', args: DEVICE, bytes: BEGINNINGS.connect },
    { name: 'device --tls', args: [...DEVICE, '--tls'], bytes: BEGINNINGS.hello },
  ]
  test.for(DRIPPED)('is given up in time by $name', async ({ args, bytes }, { time }) => {
    await using home = await project()
    const run = home.run([...args, '--wait', '6s'])
    time.alsoOf(run.pid)
    await using _dripping = await dripTo(await listening(run), bytes)
    const startMs = time.nowMs()
    const { exitCode, stdout, stderr } = await run
    time.took('the command', startMs, { latestMs: 20_000, spareMs: 20_000 })
    expect(stdout).toContain('inconclusive: 1 connection came within 6 s, but without a CONNECT.')
    expect(exitCode).toBe(3)
    expectPlain(stderr)
  })

  const DEAF = [...DRIPPED, { name: 'proxy', args: ['proxy', '--listen', '127.0.0.1:0'], bytes: BEGINNINGS.request }]
  test.for(some(DEAF))('makes nothing deaf to SIGINT: $name', async ({ args, bytes }, { time }) => {
    await using home = await project()
    const run = home.run(args)
    time.alsoOf(run.pid)
    await using _dripping = await dripTo(await listening(run), bytes)
    await new Promise(resolve => setTimeout(resolve, 2500))
    const askedMs = time.nowMs()
    run.kill('SIGINT')
    const result = await run
    time.took('the end', askedMs, AT_ONCE)
    expect(shellCode(result)).toBe(130)
    expectPlain(result.stderr)
  })
})

const root = process.platform === 'linux' && process.getuid?.() === 0

/** Where no name server answers, a name is looked up for 10 s, in a thread that can't be called off and that exit(3) waits for. */
describe.skipIf(!root).concurrent('where no name server answers', () => {
  const server = createSocket('udp4')
  const NAMED = [
    ['probe', 'probe mqtt://probe.example --max 1s'],
    ['run', 'run one.yaml --broker-url mqtt://run.example'],
    ['device', 'device --listen 127.0.0.1:0 --broker mqtt://device.example'],
    ['calibrate', 'calibrate --broker mqtt://calibrate.example'],
  ] as const
  beforeAll(async () => {
    server.bind(53, '127.0.0.99')
    await once(server, 'listening')
  })
  afterAll(() => server.close())

  test.for(some(NAMED))('%s ends at once by SIGINT', async ([name, command], { time }) => {
    await using home = await project({ 'one.yaml': PASSES_IN_REAL_TIME, 'resolv.conf': 'nameserver 127.0.0.99\n' })
    const asked = new Promise<void>(resolve => {
      server.on('message', question => question.includes(`${name}\x07example`) && resolve())
    })
    // In a mount namespace of its own.
    const script = `mount --bind resolv.conf /etc/resolv.conf && exec "$NODE" "$MAIN" ${command}`
    const run = execa('unshare', ['-m', 'sh', '-c', script], {
      cwd: home.dir,
      env: { NODE: process.execPath, MAIN },
      reject: false,
    })
    await asked
    time.alsoOf(run.pid)
    const askedMs = time.nowMs()
    run.kill('SIGINT')
    const result = await run
    time.took('the end', askedMs, AT_ONCE)
    expect(shellCode(result)).toBe(130)
  })
})
