import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it, onTestFinished } from 'vitest'
import { realClock } from '../../../src/clock/real.ts'
import { answersConnect } from '../../../src/peers/brokers/broker-probe.ts'
import { findMosquitto, mosquittoAvailable, mosquittoVersion } from '../../../src/peers/brokers/mosquitto/binary.ts'
import { KEYS, KEYS_AFTER_2_0_11 } from '../../../src/peers/brokers/mosquitto/options.ts'
import { mosquitto } from '../../../src/peers/brokers/mosquitto.ts'
import { inRange } from '../../../src/timing/version.ts'

const available = await mosquitto.available({})
const test = it.skipIf(available !== true)
const clock = realClock()
const pause = (ms: number) => clock.advanceTo(clock.nowMs() + ms)

const directories = () => readdirSync(tmpdir()).filter(name => name.startsWith('halfopen-mosquitto-'))

/** Pids of the mosquittos that run with a configuration in this directory; a zombie has no command line any more. */
const processesIn = (directory: string): readonly string[] =>
  readdirSync('/proc').filter(pid => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(directory)
    } catch {
      return false
    }
  })

/** However long a busy machine takes. */
async function until(reached: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = clock.nowMs() + 60_000
  while (!(await reached())) {
    if (clock.nowMs() > endMs) throw new Error('it did not come about')
    await pause(10)
  }
}

async function answersWithin(address: { host: string; port: number }, ms: number): Promise<boolean> {
  const abort = new AbortController()
  const cancel = clock.at(clock.nowMs() + ms, () => abort.abort())
  const answered = await answersConnect(address, abort.signal)
  cancel()
  return answered
}

describe.skipIf(process.platform === 'win32')('its version', () => {
  const program = (name: string, script: string): string => {
    const file = join(mkdtempSync(join(tmpdir(), 'halfopen-test-')), name)
    writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    onTestFinished(() => rmSync(dirname(file), { recursive: true, force: true }))
    return file
  }

  it('is unknown where its help does not say', async () => {
    expect(await mosquittoVersion(program('other', 'echo a broker; exit 3'))).toBe('unknown')
  })

  it('is none where it did not answer: a model must not play another version for that', async () => {
    const ended = program('ended', 'kill -9 $$')
    await expect(mosquittoVersion(ended)).rejects.toThrow(`${ended} does not tell its version: it ended with SIGKILL`)
  })
})

describe.concurrent('mosquitto as a child process', () => {
  test('is there in its own version, and not in another that a scenario asks for', async () => {
    const version = await mosquitto.version({})
    expect(await mosquitto.available({ version })).toBe(true)
    expect(await mosquitto.available({ version: '9.9.9' })).toMatchObject({
      reason: `mosquitto 9.9.9 is asked for, and ${version} is here`,
    })
  })

  test('shows its own message where it does not like its configuration', async () => {
    await expect(mosquitto.start({ no_such_thing: 1 })).rejects.toThrow(
      /Unknown configuration variable "no_such_thing"/,
    )
  })

  test('answers nobody while frozen, and again when thawed', async () => {
    await using broker = await mosquitto.start({})
    const told: string[] = []
    broker.watch('ho-', event => told.push(event.what))
    await broker.signal?.('freeze')
    expect(await answersWithin(broker.address, 200)).toBe(false)
    await broker.signal?.('thaw')
    expect(await answersWithin(broker.address, 60_000)).toBe(true)
    expect(told).toEqual(['frozen', 'thawed'])
  })

  test('is gone when killed, and back on the same port when restarted', async () => {
    await using broker = await mosquitto.start({ max_keepalive: 60 })
    const told: string[] = []
    broker.watch('ho-', event => told.push(event.what))
    await broker.signal?.('kill')
    expect(await answersConnect(broker.address)).toBe(false)
    await broker.signal?.('restart')
    expect(await answersConnect(broker.address)).toBe(true)
    expect(told).toEqual(['killed', 'restarted'])
  })

  test('dies also when it is frozen', async () => {
    const broker = await mosquitto.start({})
    await broker.signal?.('freeze')
    await broker[Symbol.asyncDispose]()
    expect(await answersConnect(broker.address)).toBe(false)
  })

  test('says so when it ends on its own', async () => {
    await using broker = await mosquitto.start({})
    const told: unknown[] = []
    broker.watch('ho-', event => told.push(event))
    const [pid] = processesIn(` ${broker.address.port} `.trim()).concat(pidsListening(broker.address.port))
    process.kill(Number(pid), 'SIGTERM')
    await until(() => told.length > 0)
    expect(told).toEqual([
      { who: 'broker', what: 'exited', note: 'exit code 0' },
      expect.objectContaining({ what: 'trouble', passing: true, note: expect.stringContaining('not by the scenario') }),
    ])
  })
})

/** By the configuration that names the port; ours are the only ones there. */
const pidsListening = (port: number): readonly string[] =>
  directories().flatMap(name => {
    const directory = `${tmpdir()}/${name}`
    const file = `${directory}/mosquitto.conf`
    return existsSync(file) && readFileSync(file, 'utf8').includes(`listener ${port} `) ? processesIn(directory) : []
  })

/** Those of other tests come and go. */
function configOf(directory: string): string {
  try {
    return readFileSync(`${tmpdir()}/${directory}/mosquitto.conf`, 'utf8')
  } catch {
    return ''
  }
}

const firstLine = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    if (!child.stdout) return reject(new Error('no stdout'))
    createInterface({ input: child.stdout }).once('line', resolve)
    child.once('exit', code => reject(new Error(`it ended with ${code}`)))
  })

describe.skipIf(!existsSync('/proc/self')).concurrent('a process that is killed with a mosquitto running', () => {
  test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'leaves no process, port or directory after %s',
    async signal => {
      const child = spawn(
        process.execPath,
        ['--import', './test/load-built.js', 'test/peers/brokers/hold-mosquitto.ts'],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      )
      const address = JSON.parse(await firstLine(child))
      const [directory] = directories().filter(name => configOf(name).includes(`listener ${address.port} `))
      expect(processesIn(`${directory}`)).toHaveLength(1)
      child.kill(signal)
      await until(() => processesIn(`${directory}`).length === 0)
      await until(async () => !(await answersConnect(address)))
      await until(() => !existsSync(`${tmpdir()}/${directory}`))
    },
  )
})

describe('where mosquitto is looked for', () => {
  it('names the one that HALFOPEN_MOSQUITTO names', async () => {
    expect(await findMosquitto({ HALFOPEN_MOSQUITTO: process.execPath })).toBe(process.execPath)
  })

  it('says what to install where there is none', async () => {
    const missing = await mosquittoAvailable({ HALFOPEN_MOSQUITTO: '/nowhere/mosquitto' })
    expect(missing).toMatchObject({ reason: expect.stringContaining('/nowhere/mosquitto') })
  })
})

/** With a last line that no version knows, so that it never starts: what it complains of first says whether it knows the key. */
async function complaintAt(key: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'halfopen-keys-'))
  writeFileSync(join(folder, 'a.conf'), `listener 0 ${folder}/socket\n${key} 1\nhalfopen_ends_here 1\n`)
  const child = spawn((await findMosquitto()) ?? '', ['-c', join(folder, 'a.conf')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', bytes => {
      said += bytes
    })
  await new Promise(resolve => child.once('close', resolve))
  rmSync(folder, { recursive: true })
  return said
}

test('the keys that a scenario may set are those that mosquitto knows', { timeout: 300_000 }, async () => {
  const later = inRange(await mosquitto.version({}), '<=2.0.11') ? KEYS_AFTER_2_0_11 : []
  const known = Object.keys(KEYS).filter(key => !later.includes(key) && !/plugin|include_dir/.test(key))
  expect(known.length).toBeGreaterThan(60)
  const isUnknown = async (key: string) =>
    /Unknown configuration variable ['"]([^'"]+)/.exec(await complaintAt(key))?.[1] === key
  const unknown: string[] = []
  for (const key of [...known, ...later]) if (await isUnknown(key)) unknown.push(key)
  expect(unknown).toEqual(later)
})
