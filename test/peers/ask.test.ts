import { performance } from 'node:perf_hooks'
import { describe, expect, it } from 'vitest'
import { ask } from '../../src/peers/ask.ts'
import type { Command } from '../../src/peers/recipe.ts'

const sh = (script: string): Command => ['sh', '-c', script]

async function timed<T>(work: Promise<T>): Promise<readonly [T, number]> {
  const startMs = performance.now()
  const value = await work
  return [value, performance.now() - startMs]
}

describe.concurrent('asking a program', () => {
  it('tells what it said on each stream, and its exit code', async () => {
    expect(await ask(sh('echo out; echo err >&2; exit 3'), { limitMs: 10_000 })).toEqual({
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    })
  })

  it('resolves in time where it hangs, or something of it in the background holds its streams', async () => {
    for (const script of ['sleep 30', 'sleep 30 & echo said', 'trap "" TERM INT; sleep 30 & wait']) {
      const [said, tookMs] = await timed(ask(sh(script), { limitMs: 500 }))
      expect(said).toMatchObject({ code: undefined, why: 'it did not answer within 0.5 s' })
      expect(tookMs).toBeLessThan(3000)
    }
  })

  it('keeps the beginning of what never ends', async () => {
    const [said] = await timed(ask(sh('yes abcdefg'), { limitMs: 500 }))
    expect(said.stdout).toHaveLength(64 * 1024)
    expect(said.stdout.startsWith('abcdefg\nabcdefg\n')).toBe(true)
  })

  it('says why it could not be started, or how it was ended', async () => {
    expect((await ask(['/nowhere/program'], { limitMs: 5000 })).why).toContain('ENOENT')
    expect((await ask(sh('kill -9 $$'), { limitMs: 5000 })).why).toBe('it ended with SIGKILL')
  })

  it('ends at once when it is called off', async () => {
    const signal = AbortSignal.timeout(200)
    const [said, tookMs] = await timed(ask(sh('sleep 30'), { limitMs: 20_000, signal }))
    expect(said.why).toBe('it was stopped')
    expect(tookMs).toBeLessThan(3000)
    expect((await ask(sh('sleep 30'), { limitMs: 20_000, signal })).why).toBe('it was stopped')
  })
})
