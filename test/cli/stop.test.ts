import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, vi } from 'vitest'
import { test } from '../doubt/test.ts'
import { INCONCLUSIVE, LONG, type Project, project, shellCode } from './halfopen.ts'

const scenarios = { 'scenarios/long.yaml': LONG, 'scenarios/short.yaml': INCONCLUSIVE }

/** Once the short one has been played and the long one has not. */
async function halfWay(home: Project): Promise<void> {
  const evidence = join(home.dir, '.halfopen/latest/a-run-that-is-too-short.ndjson')
  await vi.waitUntil(() => existsSync(evidence), { timeout: 100_000, interval: 50 })
}

/** Processes that speak of this folder in their command line. */
const leftovers = (folder: string): string[] =>
  execFileSync('ps', ['-eo', 'pid,ppid,args', '-ww'], { encoding: 'utf8' })
    .split('\n')
    .filter(line => line.includes(folder))

describe.concurrent('a run that is stopped', () => {
  test.for([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s ends within 2 s with exit code %i, and tells what had ended', async ([signal, code], { time }) => {
    await using home = await project(scenarios)
    const run = home.run(['run', '--replays', '0'])
    await halfWay(home)
    time.alsoOf(run.pid)
    const stoppedMs = time.nowMs()
    run.kill(signal)
    const ended = await run
    const { stdout, stderr } = ended
    time.took('the end', stoppedMs, { latestMs: 2500, spareMs: 2500 })
    expect(stdout).toContain('1 inconclusive, 1 not finished')
    expect(stderr).toContain(`Stopped by ${signal}`)
    // Where a thread did not end in time it dies of the signal itself, which a shell counts with the same number.
    expect(shellCode(ended)).toBe(code)
    expect(leftovers(home.dir)).toEqual([])
  })

  test('twice ends at once', async () => {
    await using home = await project(scenarios)
    const run = home.run(['run', '--replays', '0'])
    await halfWay(home)
    run.kill('SIGINT')
    run.kill('SIGINT')
    expect(shellCode(await run)).toBe(130)
  })
})
