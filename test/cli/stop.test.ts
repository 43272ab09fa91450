import { execFileSync } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { INCONCLUSIVE, LONG, project } from './halfopen.ts'

/** Processes whose command line or working directory speaks of this folder. */
function processesIn(folder: string): string[] {
  const lines = execFileSync('ps', ['-eo', 'pid,args', '-ww'], { encoding: 'utf8' }).split('\n')
  return lines.filter(line => line.includes(folder))
}

describe.concurrent('a run that is stopped', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s ends within 2 s with exit code %i, and tells what had ended', async (signal, code) => {
    await using home = await project({ 'scenarios/long.yaml': LONG, 'scenarios/short.yaml': INCONCLUSIVE })
    const run = home.run(['run'])
    await wait(6000)
    const stoppedAt = Date.now()
    run.kill(signal)
    const { exitCode, stdout, stderr } = await run
    expect(Date.now() - stoppedAt).toBeLessThan(2500)
    expect(stdout).toContain('1 inconclusive, 1 not finished')
    expect(stderr).toContain(`Stopped by ${signal}`)
    expect(exitCode).toBe(code)
    expect(processesIn(home.dir)).toEqual([])
  })

  test('twice ends at once', async () => {
    await using home = await project({ 'scenarios/long.yaml': LONG })
    const run = home.run(['run'])
    await wait(4000)
    run.kill('SIGINT')
    run.kill('SIGINT')
    await wait(1)
    run.kill('SIGTERM')
    expect((await run).exitCode).toBe(130)
  })
})
