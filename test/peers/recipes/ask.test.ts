import { watch } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { ask } from '../../../src/peers/recipes/ask.ts'
import type { Command } from '../../../src/peers/recipes/recipe.ts'
import { it } from '../../doubt/test.ts'

const sh = (script: string): Command => ['sh', '-c', script]

/** Within half a second or at once, and what a process takes to begin and to end. */
const IN_TIME = { latestMs: 3000, spareMs: 3000 }

describe.concurrent('asking a program', () => {
  it('tells what it said on each stream, and its exit code', async () => {
    expect(await ask(sh('echo out; echo err >&2; exit 3'), { limitMs: 10_000 })).toEqual({
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    })
  })

  it('resolves in time where it hangs, or something of it in the background holds its streams', async ({ time }) => {
    for (const script of ['sleep 30', 'sleep 30 & echo said', 'trap "" TERM INT; sleep 30 & wait']) {
      const startMs = time.nowMs()
      const said = await ask(sh(script), { limitMs: 500 })
      time.took('the answer', startMs, IN_TIME)
      expect(said).toMatchObject({ code: undefined, why: 'it did not answer within 0.5 s' })
    }
  })

  it('keeps the beginning of what never ends', async ({ onTestFinished }) => {
    // It goes on only where all that it said so far is read, as a pipe holds 64 KB: so it tells when to stop it.
    const folder = await mkdtemp(join(tmpdir(), 'halfopen-ask-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const stop = new AbortController()
    const watcher = watch(folder, () => stop.abort())
    onTestFinished(() => watcher.close())
    const script = `yes abcdefg | head -c 1000000; touch ${join(folder, 'read')}; exec yes abcdefg`
    const said = await ask(sh(script), { limitMs: 60_000, signal: stop.signal })
    expect(said.why).toBe('it was stopped')
    expect(said.stdout).toHaveLength(64 * 1024)
    expect(said.stdout.startsWith('abcdefg\nabcdefg\n')).toBe(true)
  })

  it('says why it could not be started, or how it was ended', async () => {
    expect((await ask(['/nowhere/program'], { limitMs: 5000 })).why).toContain('ENOENT')
    expect((await ask(sh('kill -9 $$'), { limitMs: 5000 })).why).toBe('it ended with SIGKILL')
  })

  it('ends at once when it is called off', async ({ time }) => {
    const signal = AbortSignal.timeout(200)
    const startMs = time.nowMs()
    const said = await ask(sh('sleep 30'), { limitMs: 20_000, signal })
    time.took('the end', startMs, IN_TIME)
    expect(said.why).toBe('it was stopped')
    expect((await ask(sh('sleep 30'), { limitMs: 20_000, signal })).why).toBe('it was stopped')
  })
})
