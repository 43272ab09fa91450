/** What is to be written to is no regular file: one message, at once, and it is what it was before. */
import { execFileSync } from 'node:child_process'
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect } from 'vitest'
import { test } from '../doubt/test.ts'
import { PASSES, project } from './halfopen.ts'

const LIMIT = { latestMs: 30_000, spareMs: 60_000 }

const home = async () => {
  const made = await project({ 'one.yaml': PASSES })
  execFileSync('mkfifo', [join(made.dir, 'fifo')])
  return made
}

describe.skipIf(process.platform === 'win32').concurrent('a FIFO', () => {
  test.for(['--json', '--junit'])('that nobody reads holds no run up: %s', async (option, { time }) => {
    await using made = await home()
    const startMs = time.nowMs()
    const run = made.run(['run', 'one.yaml', option, 'fifo'])
    time.alsoOf(run.pid)
    const { exitCode, stdout, stderr } = await run
    time.took('the run', startMs, LIMIT)
    expect(stdout).toContain('1 passed')
    expect(stderr).toMatch(/^halfopen: the report can't be written to \S+fifo: nobody reads this FIFO \(ENXIO\)$/)
    expect(exitCode).toBe(3)
  })

  test.for(['--json', '--junit'])('that somebody reads gets the report: %s', async option => {
    await using made = await home()
    const reader = execa('cat', ['fifo'], { cwd: made.dir, reject: false })
    const { exitCode } = await made.run(['run', 'one.yaml', option, 'fifo'])
    expect(exitCode).toBe(0)
    expect((await reader).stdout).toContain('a broker drops a silent client')
  })

  test('is not taken away by evidence of its name', async () => {
    await using made = await home()
    const { exitCode, stderr } = await made.run('device --listen 127.0.0.1:0 --wait 1s --evidence fifo'.split(' '))
    expect(stderr).toMatch(
      /^error: evidence can't be saved in \S+fifo: only a regular file is written over \(EEXIST\)$/,
    )
    expect(exitCode).toBe(3)
    expect(lstatSync(join(made.dir, 'fifo')).isFIFO()).toBe(true)
  })
})
