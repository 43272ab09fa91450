import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect } from 'vitest'
import { test } from '../doubt/test.ts'
import { FAILS, LONG, MAIN, PASSES, project, SKIPPED } from './halfopen.ts'

const TAGGED = `tags: [core]\n${PASSES}`

describe.concurrent('run', () => {
  test('--dry-run tells what would be played, for how long, and what is missing, and plays nothing', async () => {
    await using home = await project({ 'scenarios/a.yaml': PASSES, 'scenarios/b.yaml': LONG, 'c.yaml': SKIPPED })
    const { stdout, exitCode } = await home.run(['run', '--dry-run', 'scenarios', 'c.yaml'])
    expect(stdout).toContain('  virtual  simulated  a broker drops a silent client\n')
    expect(stdout).toContain('     60 s  local      a run of a minute\n')
    expect(stdout).toContain('skip  1 scenario: ')
    expect(stdout).toContain('needs  aedes; silent\n2 of 3 scenarios would be played: at least 60 s of real time for 1')
    expect(exitCode).toBe(0)
    await expect(readFile(join(home.dir, '.halfopen/.gitignore'))).rejects.toThrow('ENOENT')
    expect((await home.run(['run', '--dry-run', 'c.yaml'])).exitCode).toBe(3)
  })

  test('--last-failed plays what did not pass, and everything once all has passed', async () => {
    await using home = await project({ 'scenarios/a.yaml': PASSES, 'scenarios/b.yaml': FAILS })
    expect((await home.run(['run'])).exitCode).toBe(4)
    const again = await home.run(['run', '--last-failed'])
    expect(again.stdout).toContain('\n1 failed in ')
    await home.write('scenarios/b.yaml', FAILS.replace('stays-connected', 'broker-drops-client'))
    expect((await home.run(['run', '--last-failed'])).stdout).toContain('\n1 passed in ')
    const all = await home.run(['run', '--last-failed'])
    expect(all.stderr).toContain('nothing failed the last time')
    expect(all.stdout).toContain('\n2 passed in ')
  })

  test('--quiet tells the sum alone where all passed, and the config chooses by tag, colour and report', async () => {
    await using home = await project({
      'scenarios/a.yaml': TAGGED,
      'scenarios/b.yaml': FAILS,
      'halfopen.config.mjs': `export default { tags: ['core'], quiet: true, color: 'always', json: 'out/run.json' }\n`,
    })
    const { stdout, stderr, exitCode } = await home.run(['run'])
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colour of what passed
    expect(stdout).toMatch(/^\u001b\[32m1 passed\u001b\[39m in [\d.]+ s \(seed \d+\)$/)
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
    expect(JSON.parse(await readFile(join(home.dir, 'out/run.json'), 'utf8')).results).toHaveLength(1)
    const plain = await home.run(['run', '--no-color', '--tag', '!core', '-v'])
    expect(plain.stdout).toContain('  FAIL  a silent client stays connected')
    expect(plain.exitCode).toBe(4)
  })

  test('--bail ends a long run after a failure, and --timeout after a time', async () => {
    await using home = await project({ 'scenarios/a.yaml': LONG, 'scenarios/b.yaml': FAILS })
    const bail = await home.run(['run', '--bail'])
    expect(bail.stdout).toContain('1 failed, 1 not finished in ')
    expect(bail.stderr).toContain('--bail: the run was ended after 1 failure. 1 of 2 had not ended by then.')
    expect(bail.exitCode).toBe(4)
    const late = await home.run(['run', 'scenarios/a.yaml', '--timeout', '1s'])
    expect(late.stderr).toContain('--timeout: the run was given up after 1 s. 1 of 1 had not ended by then.')
    expect(late.exitCode).toBe(3)
  })

  test('--watch plays again when a scenario changes, and ends by a signal', async () => {
    await using home = await project({ 'scenarios/a.yaml': FAILS })
    const run = execa(process.execPath, [MAIN, 'run', '--watch', '--quiet'], {
      cwd: home.dir,
      reject: false,
      all: true,
    })
    let text = ''
    const said = (words: string) =>
      new Promise<void>(resolve => {
        run.all?.on('data', part => {
          text += part
          if (text.includes(words)) resolve()
        })
      })
    await said('waiting for a change')
    await writeFile(join(home.dir, 'scenarios/a.yaml'), PASSES)
    await said('1 passed in')
    run.kill('SIGINT')
    const { all, exitCode } = await run
    expect(all).toContain('scenarios/a.yaml has changed')
    expect(exitCode).toBe(130)
  })
})
