/** What a process started dies with it: also where the watchdog dies first, or with it, or again and again. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { createInterface } from 'node:readline'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { type TetherMethod, tether } from '../../src/processes/tether.ts'
import { isAlive } from '../peers/clients/processes.ts'

const seed = Number(process.env.HALFOPEN_FUZZ_SEED ?? Math.trunc(Math.random() * 2 ** 31))
console.log(`watchdogs that are killed: HALFOPEN_FUZZ_SEED=${seed}`)

const SETPRIV = spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0
const isLinux = process.platform === 'linux'
if (!SETPRIV && process.env.HALFOPEN_REQUIRE === 'all') throw new Error('no setpriv with --pdeathsig: util-linux')

const WAYS: readonly TetherMethod[] = SETPRIV ? ['kernel', 'pipe'] : ['pipe']
/** Beside others on two cores. */
const SOON = { timeout: 60_000, interval: 20 }

/** Where a process is killed together with its watchdog, its folders stay until a run of the next day: here until the tests end. */
const TMPDIR = mkdtempSync(join(tmpdir(), 'halfopen-tether-'))
afterAll(() => rmSync(TMPDIR, { recursive: true, force: true, maxRetries: 3 }))

const hold = (file: string, ...args: readonly string[]): ChildProcess =>
  spawn(process.execPath, ['--import', './test/load-built.js', `test/processes/${file}`, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR },
  })

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error('no output')
  const [line] = await once(createInterface({ input: stdout }), 'line')
  return String(line)
}

const gone = (pid: number) => vi.waitUntil(() => !isAlive(pid), SOON)

describe.concurrent.each(WAYS)('a program that is tied by the %s', way => {
  const start = (command: readonly [string, ...string[]]) => {
    const tied = tether(command, way)
    const [file, ...args] = tied.command
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe', ...tied.stdio] })
    tied.hold(child)
    return child
  }

  it('dies with the process that started it', async () => {
    const holder = hold('hold-tethered.ts', way)
    const pid = Number(await firstLine(holder))
    expect(isAlive(pid)).toBe(true)
    holder.kill('SIGKILL')
    await gone(pid)
  })

  it('is the program itself, with its own streams and exit code', async () => {
    const child = start(['sh', '-c', 'echo $$; cat; [ -e /proc/$$/fd/3 ] && echo a pipe; exit 7'])
    const said: string[] = []
    child.stdout?.on('data', piece => said.push(String(piece)))
    child.stdin?.end('in\n')
    const [code] = await once(child, 'close')
    expect(code).toBe(7)
    expect(said.join('')).toBe(`${child.pid}\nin\n`)
  })

  it('has no child that it did not start', async () => {
    const child = start(['sh', '-c', 'sleep 0.3; ps -o comm= --ppid $$ | grep -v -e "^ps$" -e "^grep$"; echo done'])
    expect(await firstLine(child)).toBe('done')
    await once(child, 'close')
  })

  it.runIf(way === 'kernel')('does not begin where its parent was gone before', async () => {
    // The shell in between starts it, and goes, as a process does that is killed while it starts one.
    const words = start(['echo', 'begun'])
      .spawnargs.map(word => `'${word.replaceAll("'", "'\\''")}'`)
      .join(' ')
    const { stdout } = spawnSync('sh', ['-c', `(sleep 0.2; exec ${words}) & sleep 0.1`], { encoding: 'utf8' })
    expect(stdout).toBe('')
    const child = start(['echo', 'begun'])
    expect(await firstLine(child)).toBe('begun')
  })

  it('that is not there is missed by its own name', async () => {
    const child = start(['/nowhere/program'])
    const [error] = await once(child, 'error')
    expect(error.message).toBe('spawn /nowhere/program ENOENT')
  })
})

describe.skipIf(!SETPRIV)('every process that is started', () => {
  /** Each that does not die with us, and why it need not. */
  const FREE: Readonly<Record<string, string>> = {
    'processes/tether.ts': 'asks setpriv whether it is there, and waits for it',
    'processes/reaper.ts': 'the watchdog outlives us to clean up',
    'processes/reaper-main.ts': 'runs in the watchdog, and waits',
    'labs/netns/opener-main.ts': 'runs in the opener, and waits',
    'scenario/module-child.ts': 'a thread',
    'commands/judge/show.ts': "a browser is its user's, and outlives us",
  }
  const src = join(import.meta.dirname, '../../src')
  const starters = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .filter(file => /\b(?:spawn|spawnSync|execFile|execFileSync|fork)\(/.test(readFileSync(join(src, file), 'utf8')))
    .map(file => file.split(sep).join('/'))

  it('is tied, or has its reason', () => {
    const untied = starters.filter(file => !/\btether(?:ByKernel)?\(/.test(readFileSync(join(src, file), 'utf8')))
    expect(untied.filter(file => !(file in FREE))).toEqual([])
    expect(starters.length).toBeGreaterThan(10)
  })

  it('dies also while it is stopped', async () => {
    const holder = hold('hold-tethered.ts', 'kernel')
    const pid = Number(await firstLine(holder))
    // Tied by setpriv, which then becomes the program.
    await vi.waitUntil(() => !readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('setpriv'), SOON)
    process.kill(pid, 'SIGSTOP')
    holder.kill('SIGKILL')
    await gone(pid)
  })
})

describe.skipIf(!SETPRIV)('the kernel ties a program to the thread that started it', () => {
  it('so it lives as long as that thread, and other threads may end', async () => {
    const text = `
      const { parentPort, workerData } = require('node:worker_threads')
      const child = require('node:child_process').spawn(workerData[0], workerData.slice(1), { stdio: 'ignore' })
      parentPort.postMessage(child.pid)
      setInterval(() => {}, 1000)`
    const workerData = tether(['sleep', '120'], 'kernel').command
    const [one, other] = [new Worker(text, { eval: true, workerData }), new Worker(text, { eval: true, workerData })]
    const [[first], [second]] = await Promise.all([once(one, 'message'), once(other, 'message')])
    const runs = (pid: number) => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sleep\n'
    await vi.waitUntil(() => [first, second].every(runs), SOON)
    await one.terminate()
    await gone(first)
    expect(isAlive(second)).toBe(true)
    await other.terminate()
    await gone(second)
  })
})

/** Children of this process that are watchdogs. */
function watchdogsOf(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(name => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1')
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        const isOne = readFileSync(`/proc/${name}/cmdline`, 'latin1').includes('reaperMain')
        return isOne && state !== 'Z' && parent === String(pid)
      } catch {
        return false
      }
    })
    .map(Number)
}

interface Held {
  readonly holder: ChildProcess
  readonly holderPid: number
  readonly programs: readonly number[]
  readonly folder: string
}

async function held(): Promise<Held> {
  const holder = hold('hold-programs.ts')
  const [, broker, folder = '', , client] = (await firstLine(holder)).split(' ')
  const { pid: holderPid } = holder
  if (holderPid === undefined) throw new Error('no process')
  await vi.waitUntil(() => watchdogsOf(holderPid).length === 1, SOON)
  return { holder, holderPid, programs: [Number(broker), Number(client)], folder }
}

const kill = (pid: number | undefined) => pid !== undefined && process.kill(pid, 'SIGKILL')

describe.skipIf(!isLinux).concurrent('a watchdog that is killed', { timeout: 120_000 }, () => {
  it('is followed by another at once, which cleans up all that the first was told of', async () => {
    const { holder, holderPid, programs, folder } = await held()
    const [first] = watchdogsOf(holderPid)
    kill(first)
    await vi.waitUntil(() => watchdogsOf(holderPid).some(pid => pid !== first), SOON)
    expect(programs.every(isAlive)).toBe(true)
    holder.kill('SIGKILL')
    await Promise.all(programs.map(gone))
    await vi.waitUntil(() => !existsSync(folder), SOON)
  })

  it.skipIf(!SETPRIV)('together with its process leaves no program of it', async () => {
    const { holder, holderPid, programs } = await held()
    for (const pid of watchdogsOf(holderPid)) kill(pid)
    holder.kill('SIGKILL')
    await Promise.all(programs.map(gone))
  })

  it.skipIf(!SETPRIV)(
    'at any moments, before its process is killed at any moment, leaves no program of it',
    async () => {
      const pauses = fc.array(fc.nat({ max: 700 }), { minLength: 1, maxLength: 4 })
      const rounds = fc.sample(pauses, { seed, numRuns: process.env.HALFOPEN_SLOW ? 40 : 4 })
      const play = async (waits: readonly number[]) => {
        const { holder, holderPid, programs } = await held()
        for (const wait of waits) {
          for (const pid of watchdogsOf(holderPid)) kill(pid)
          await new Promise(resolve => setTimeout(resolve, wait))
        }
        holder.kill('SIGKILL')
        await Promise.all(programs.map(gone))
      }
      for (let at = 0; at < rounds.length; at += 2) await Promise.all(rounds.slice(at, at + 2).map(play))
    },
  )
})
