import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Recorded } from '../../src/clock/kit.ts'
import { type MachineDate, monotonicMs } from '../../src/clock/real.ts'
import { familyOf } from '../../src/clock/scheduler.ts'
import { programLog } from '../../src/hosts/program-log.ts'
import type { BrokerProgram } from '../../src/peers/brokers/program/broker-program.ts'
import { startProgram } from '../../src/peers/brokers/program/start-broker.ts'

interface Line {
  readonly line: string
  readonly stream: number
  readonly seen: MachineDate | undefined
}

async function started(script: string) {
  const lines: Line[] = []
  const troubles: string[] = []
  const log = await programLog({
    onLine: (line, stream, seen) => lines.push({ line, stream, seen }),
    onTrouble: note => troubles.push(note),
  })
  const child = spawn('sh', ['-c', script], { stdio: ['ignore', ...log.stdio] })
  log.attach(child)
  onTestFinished(() => void child.kill('SIGKILL'))
  return { lines, troubles, child, ended: log.ended }
}

describe('what a program says', () => {
  test('comes line by line, from each stream, with the last one that has no end', async () => {
    const { lines, ended } = await started('echo one; echo two >&2; sleep 0.2; printf three')
    await ended
    const of = (wanted: number) => lines.filter(({ stream }) => stream === wanted).map(({ line }) => line)
    expect(of(0)).toEqual(['one', 'three'])
    expect(of(1)).toEqual(['two'])
  })

  test('does not wait for this thread, nor is it dated by it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'halfopen-log-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const done = join(folder, 'done')
    // Far more than the kernel would hold.
    const { lines, ended } = await started(`seq 1 100000; touch ${done}`)
    const untilMs = monotonicMs() + 30_000
    while (!existsSync(done) && monotonicMs() < untilMs);
    const doneMs = monotonicMs()
    expect(existsSync(done)).toBe(true)
    expect(lines).toEqual([])
    await ended
    expect(lines.map(({ line }) => Number(line))).toEqual(Array.from({ length: 100_000 }, (_, i) => i + 1))
    // All but what was under way at the end: of many thousands of lines.
    const before = lines.filter(({ seen }) => seen !== undefined && seen.atMs - seen.lateMs <= doneMs)
    expect(before.length).toBeGreaterThan(75_000)
  })

  test('waits where it floods, and nothing of it is lost', async () => {
    const { lines, ended, troubles } = await started('seq 1 400000')
    const untilMs = monotonicMs() + 3000
    while (monotonicMs() < untilMs);
    await ended
    expect(troubles).toEqual([])
    expect(lines.map(({ line }) => Number(line))).toEqual(Array.from({ length: 400_000 }, (_, i) => i + 1))
  })

  test('is what the program says, and nobody else on this machine', async () => {
    const { lines, ended } = await started('sleep 0.5; echo mine')
    const [path] = [...readFileSync('/proc/net/unix', 'latin1').matchAll(/@(halfopen-[0-9a-f-]{36})/g)].slice(-1)
    // Once its streams came in, nobody is listened to any more.
    if (path) {
      const other = connect(`\0${path[1]}`)
      other.on('error', () => {})
      other.end('wrong\nforged\n')
    }
    await ended
    expect(lines.map(({ line }) => line)).toEqual(['mine'])
  })
})

describe('where the process that reads is killed', () => {
  const SERVES = `require('node:net').createServer(socket => {
    socket.on('error', () => {}).once('data', () => socket.write(Buffer.from([0x20, 2, 0, 0])))
  }).listen(Number(process.argv[1]), '127.0.0.1'); console.error('ready')`

  const readers = (): readonly number[] =>
    familyOf(process.pid).filter(pid => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('what programs say')
      } catch {
        return false
      }
    })

  test('its runs are told, and a broker that nobody hears any more is ended; the next one is heard again', async () => {
    const program: BrokerProgram = {
      name: 'served',
      version: '1.0.0',
      prepare: ({ address }) => ({ command: [process.execPath, '-e', SERVES, String(address.port)] }),
      read: () => [],
    }
    const events: Recorded[] = []
    const broker = await startProgram(program)
    broker.watch('x', event => events.push(event))
    const [pid = 0] = broker.pids?.() ?? []
    for (const reader of readers()) process.kill(reader, 'SIGKILL')
    await expect.poll(() => events.map(({ what }) => what), { timeout: 20_000 }).toContain('exited')
    expect(events[0]).toMatchObject({ what: 'trouble', passing: true, note: expect.stringMatching(/ended: SIGKILL/) })
    expect(existsSync(`/proc/${pid}`)).toBe(false)
    await broker[Symbol.asyncDispose]()
    const { lines, ended } = await started('echo again')
    await ended
    expect(lines.map(({ line }) => line)).toEqual(['again'])
  })
})
