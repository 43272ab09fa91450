import * as childProcess from 'node:child_process'
import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { reaperMain, startTimeOf } from '../../src/processes/reaper-main.ts'

const began = (pid: number) => startTimeOf(pid, fs, childProcess)

/** The watchdog with these lines on its stdin, from beginning to end. */
const watch = (lines: readonly unknown[]): Promise<number | null> =>
  new Promise(resolve => {
    const program = `(${reaperMain})(${startTimeOf}, require('node:fs'), require('node:child_process'))`
    const watchdog = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'ignore', 'inherit'] })
    watchdog.once('exit', resolve)
    watchdog.stdin.end(lines.map(line => `${JSON.stringify(line)}\n`).join(''))
  })

const sleeper = () => {
  const child = spawn('sleep', ['30'], { stdio: 'ignore' })
  const gone = new Promise<NodeJS.Signals | null>(resolve => child.once('exit', (_code, signal) => resolve(signal)))
  if (child.pid === undefined) throw new Error('no sleep')
  return { child, pid: child.pid, gone }
}

describe.concurrent('the watchdog', () => {
  it('kills what was added when its owner ends, and no more', async () => {
    const [added, takenBack, reused] = [sleeper(), sleeper(), sleeper()]
    const code = await watch([
      ['+', 'pid', added.pid, began(added.pid)],
      ['+', 'pid', takenBack.pid, began(takenBack.pid)],
      ['-', 'pid', takenBack.pid, began(takenBack.pid)],
      ['+', 'pid', reused.pid, `${began(reused.pid)}1`],
    ])
    expect(code).toBe(0)
    expect(await added.gone).toBe('SIGKILL')
    expect([takenBack, reused].map(({ child }) => child.exitCode ?? child.signalCode)).toEqual([null, null])
    takenBack.child.kill()
    reused.child.kill()
  })

  it('kills also a stopped process', async () => {
    const stopped = sleeper()
    stopped.child.kill('SIGSTOP')
    await watch([['+', 'pid', stopped.pid, began(stopped.pid)]])
    expect(await stopped.gone).toBe('SIGKILL')
  })

  it('runs the commands that were added and not taken back', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'halfopen-reaper-'))
    const touch = (name: string) => [
      'run',
      process.execPath,
      '-e',
      `require('fs').writeFileSync(${JSON.stringify(join(directory, name))}, '')`,
    ]
    await watch([
      ['+', ...touch('added')],
      ['+', ...touch('taken-back')],
      ['-', ...touch('taken-back')],
    ])
    expect(fs.readdirSync(directory)).toEqual(['added'])
    fs.rmSync(directory, { recursive: true })
  })

  it('removes directories with all that is in them', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'halfopen-reaper-'))
    fs.writeFileSync(join(directory, 'file'), 'text')
    await watch([['+', 'dir', directory]])
    expect(fs.existsSync(directory)).toBe(false)
  })

  it('knows a process from a later one of the same number', () => {
    expect(began(process.pid)).toMatch(/\d/)
    expect(began(2 ** 22 + 1)).toBe('')
  })
})
