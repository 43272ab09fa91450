import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { realClock } from '../../../src/clock/real.ts'
import { answersConnect } from '../../../src/peers/brokers/broker-probe.ts'
import { type BrokerProgram, news } from '../../../src/peers/brokers/program/broker-program.ts'
import { startLimitMs } from '../../../src/peers/brokers/program/daemon.ts'
import { startProgram } from '../../../src/peers/brokers/program/start-broker.ts'
import { threadStates } from '../../../src/processes/threads.ts'
import { isAlive } from '../clients/processes.ts'

/** Answers whatever comes with CONNACK 0; the log goes to both outputs. */
const SERVES = `
  console.log('connected ho-x-1')
  console.error('lost ho-x-2')
  require('node:net').createServer(socket => {
    socket.on('error', () => {}).once('data', () => socket.write(Buffer.from([0x20, 2, 0, 0])))
  }).listen(Number(process.argv[1]), '127.0.0.1')`

/** A program whose first lives are these scripts, and whose others serve. */
function program(...first: readonly string[]) {
  const folders: string[] = []
  const ports: number[] = []
  const made: BrokerProgram = {
    name: 'pretender',
    version: '1.0.0',
    prepare({ address: { port }, folder }) {
      folders.push(folder)
      ports.push(port)
      return { command: [process.execPath, '-e', first[ports.length - 1] ?? SERVES, String(port)], cwd: folder }
    },
    read(line) {
      const [what, clientId] = line.split(' ')
      return what === 'connected' || what === 'lost' ? news(clientId, ['client-connected'], what) : []
    },
  }
  return { made, folders, ports }
}

/** Serves, and writes from two threads into a file that it runs: the machine's monotonic clock in nanoseconds, again and again. */
const beating = (file: string) => {
  const beat = `(function beat() {
    require('node:fs').appendFileSync(${JSON.stringify(file)}, process.hrtime.bigint() + '\\n')
    setTimeout(beat, 1)
  })()`
  return `${SERVES}; ${beat}; new (require('node:worker_threads').Worker)(${JSON.stringify(beat)}, { eval: true })`
}

/** Long enough for some beats, also on a busy machine. */
const BEATING_MS = 150

const SAYS = (...lines: readonly string[]) => `for (const line of ${JSON.stringify(lines)}) console.error(line)`

describe.concurrent('a broker that is a program', () => {
  test('is ready when it answers, and is gone with its folder', async ({ expect }) => {
    const { made, folders } = program()
    const broker = await startProgram(made)
    expect(await answersConnect(broker.address)).toBe(true)
    expect(existsSync(folders[0] ?? '')).toBe(true)
    await broker[Symbol.asyncDispose]()
    expect(await answersConnect(broker.address)).toBe(false)
    expect(existsSync(folders[0] ?? '')).toBe(false)
  })

  test('is read on both of its outputs', async ({ expect }) => {
    const told: unknown[] = []
    await using broker = await startProgram(program().made)
    broker.watch('ho-x-', event => told.push(event))
    // The first life was over before anybody listened.
    await broker.signal?.('restart')
    expect(told).toContainEqual({ who: 'broker', what: 'client-connected', note: 'connected', device: 1 })
    expect(told).toContainEqual({ who: 'broker', what: 'client-connected', note: 'lost', device: 2 })
  })

  test('is frozen, and thawed, between the moments that are told: no thread of it ran in between', async ({
    expect,
  }) => {
    const folder = mkdtempSync(join(tmpdir(), 'halfopen-test-'))
    try {
      const file = join(folder, 'beats')
      const script = beating(file)
      await using broker = await startProgram(program(script, script).made)
      const told: { readonly what: string; readonly fromMs: number; readonly toMs: number }[] = []
      broker.watch('ho-x-', ({ what, lateMs = 0 }) => {
        const toMs = Number(process.hrtime.bigint()) / 1e6
        told.push({ what, fromMs: toMs - lateMs, toMs })
      })
      const clock = realClock()
      for (const signal of ['freeze', 'thaw', 'freeze', 'thaw'] as const) {
        await clock.advanceTo(clock.nowMs() + BEATING_MS)
        await broker.signal?.(signal)
      }
      await clock.advanceTo(clock.nowMs() + BEATING_MS)
      expect(told.map(({ what }) => what)).toEqual(['frozen', 'thawed', 'frozen', 'thawed'])
      const beatsMs = readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map(beat => Number(beat) / 1e6)
      const ran = (fromMs: number, toMs: number) => beatsMs.filter(ms => ms > fromMs && ms < toMs).length
      for (const [index, { what, toMs }] of told.entries()) {
        const next = told[index + 1]
        const whileMs = next ? next.fromMs : toMs + BEATING_MS
        if (what === 'frozen') expect(ran(toMs, whileMs)).toBe(0)
        // The canary: it shows where it ran.
        else expect(ran(toMs, whileMs)).toBeGreaterThan(0)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('that is started by a script is frozen, killed and ended with it, and what left its group too', async ({
    expect,
  }) => {
    const folder = mkdtempSync(join(tmpdir(), 'halfopen-test-'))
    try {
      const said = join(folder, 'said')
      const script = `
        const { spawn } = require('node:child_process')
        const serve = spawn(process.execPath, ['-e', ${JSON.stringify(SERVES)}, process.argv[1]], { stdio: 'inherit' })
        const aside = spawn('sleep', ['600'], { detached: true, stdio: 'inherit' })
        require('node:fs').writeFileSync(${JSON.stringify(said)}, serve.pid + ' ' + aside.pid)`
      await using broker = await startProgram(program(script, script).made)
      const started = () => readFileSync(said, 'utf8').split(' ').map(Number)
      const [serve = 0, aside = 0] = started()
      await broker.signal?.('freeze')
      expect(threadStates(serve).every(state => state === 'T')).toBe(true)
      await broker.signal?.('thaw')
      await broker.signal?.('kill')
      expect([serve, aside].filter(isAlive)).toEqual([])
      await broker.signal?.('restart')
      expect(await answersConnect(broker.address)).toBe(true)
      await broker[Symbol.asyncDispose]()
      expect(started().filter(isAlive)).toEqual([])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test.each(['bind: Address already in use', 'listen tcp: address already in use', '{error, eaddrinuse}'])(
    'is tried on another port after "%s"',
    async words => {
      const { made, ports } = program(SAYS('starting', words, 'bye'))
      await using broker = await startProgram(made)
      expect(ports).toHaveLength(2)
      expect(broker.address.port).toBe(ports[1])
    },
  )

  test.each([
    ['its errors', ['Error: no such thing', 'a hint', 'Error: giving up'], 'Error: no such thing Error: giving up'],
    ['its last line, where none is called an error', ['starting', 'out of luck'], 'out of luck'],
    ['how it ended, where it said nothing', [], 'it ended with exit code 0'],
  ])('that does not start shows %s', async (_what, lines, shown) => {
    const { made, folders } = program(SAYS(...lines))
    await expect(startProgram(made)).rejects.toThrow(`pretender did not start: ${shown}`)
    expect(existsSync(folders[0] ?? '')).toBe(false)
  })

  test('that is not there is named', async ({ expect }) => {
    const absent = { ...program().made, prepare: () => ({ command: ['/no/such/broker'] as const }) }
    await expect(startProgram(absent)).rejects.toThrow("can't start /no/such/broker")
  })
})

test('a broker that is not let run has that much longer to start, and no longer than anybody waits for', () => {
  expect([0, 15_000, 100_000, 1e9].map(startLimitMs)).toEqual([60_000, 75_000, 160_000, 180_000])
})
