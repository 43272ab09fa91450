import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { test } from '../doubt/test.ts'
import { FAILS, INCONCLUSIVE, PASSES, PASSES_IN_REAL_TIME, type Project, project, SKIPPED } from './halfopen.ts'

/** Runs take seconds of waiting and one of work, so one run answers as many questions as it can. */

describe('a run in which one scenario failed', () => {
  let home: Project
  let result: Awaited<ReturnType<Project['run']>>
  beforeAll(async () => {
    home = await project({
      'scenarios/deep/fails.yaml': FAILS,
      'scenarios/deep/passes.yaml': PASSES,
      'scenarios/canary.yaml': `${FAILS}must: fail\n`,
      'scenarios/elsewhere.yaml': SKIPPED,
      'scenarios/short.yaml': INCONCLUSIVE,
    })
    const files = ['--json', 'out/report.json', '--junit', 'out/junit.xml']
    result = await home.run(['run', '--seed', '7', ...files], { GITHUB_ACTIONS: 'true' })
  })
  afterAll(() => home[Symbol.asyncDispose]())

  test('exits with 4, though another was inconclusive', () => {
    expect(result.exitCode).toBe(4)
    expect(result.stdout).toMatch(
      /^2 passed, 1 failed, 1 inconclusive, 1 skipped(, \d+ played again)? in [\d.]+ s \(seed 7\)$/m,
    )
  })

  test('shows its line with a code frame', () => {
    expect(result.stdout).toContain('scenarios/deep/fails.yaml:5:5')
    expect(result.stdout).toContain('> 5 |   - stays-connected')
  })

  test('counts one that must fail, and did, as passed', () => {
    expect(result.stdout).toContain('came out as fail, as it must')
  })

  test('tells why one was skipped', () => {
    expect(result.stdout).toContain('  skip  ')
  })

  test('is plain in a log', () => {
    expect(result.stdout).not.toContain('\x1b')
    expect(result.stdout.split('\n').filter(line => line.length > 80 && !/\.ndjson$|^::/.test(line))).toEqual([])
  })

  test('annotates the line on GitHub', () => {
    expect(result.stdout).toMatch(
      /^::error file=scenarios\/deep\/fails\.yaml,line=5,col=5,title=[^:]+::stays-connected: /m,
    )
  })

  test('is told to JUnit, with the frame of the expectation', async () => {
    const xml = await readFile(join(home.dir, 'out/junit.xml'), 'utf8')
    expect(xml).toContain('tests="5" failures="2" errors="0"')
    expect(xml).toContain('type="ScenarioFailed"')
    expect(xml).toContain('scenarios/deep/fails.yaml:5:5')
    expect(result.stdout).not.toContain('JUNIT')
  })

  test('is judged again from its evidence with the same result', async () => {
    const [command = ''] = /judge \S+a-silent-client-stays-connected\S*\.ndjson/.exec(result.stdout) ?? []
    const again = await home.run([...command.split(' '), '--reporter', 'json'])
    const first = JSON.parse(await readFile(join(home.dir, 'out/report.json'), 'utf8'))
    const failed = first.results.find((each: { result: string }) => each.result === 'fail')
    expect(JSON.parse(again.stdout).results[0].checks).toEqual(failed.checks)
    expect(again.exitCode).toBe(4)
  })

  test('leaves evidence of each that was played, where latest points', async () => {
    // Beside them lies what was inconclusive and was played again.
    const files = (await readdir(join(home.dir, '.halfopen/latest'))).filter(name => name.endsWith('.ndjson'))
    expect(files.sort()).toEqual([
      'a-broker-drops-a-silent-client.ndjson',
      'a-run-that-is-too-short.ndjson',
      'a-silent-client-stays-connected-2.ndjson',
      'a-silent-client-stays-connected.ndjson',
    ])
  })
})

describe.concurrent('the exit code', () => {
  test('is 0 where all passed, in real time too', async ({ time }) => {
    await using home = await project({ 'scenarios/a.yaml': PASSES, 'scenarios/b.yaml': PASSES_IN_REAL_TIME })
    const { exitCode, stdout } = await home.run(['run'])
    // Which the product said only after it had played it again and again.
    if (/\?{4} .*\n.*played before/.test(stdout)) time.doubted('the machine did not let a scenario be played')
    expect(exitCode).toBe(0)
  })

  test('is 3 where none failed but one was inconclusive', async () => {
    await using home = await project({ 'scenarios/a.yaml': INCONCLUSIVE, 'scenarios/b.yaml': PASSES })
    expect((await home.run(['run'])).exitCode).toBe(3)
  })

  test('is 3 where every scenario was skipped, since nothing was judged', async () => {
    await using home = await project({ 'scenarios/elsewhere.yaml': SKIPPED })
    const { exitCode, stderr } = await home.run(['run'])
    expect(stderr).toContain('Nothing was judged')
    expect(exitCode).toBe(3)
  })

  test('is 3 for a skip under HALFOPEN_REQUIRE=all', async () => {
    await using home = await project({ 'scenarios/a.yaml': PASSES, 'scenarios/b.yaml': SKIPPED })
    const { exitCode, stdout, stderr } = await home.run(['run'], { HALFOPEN_REQUIRE: 'all' })
    expect(stdout).toContain('1 passed, 1 skipped')
    expect(stderr).toContain('HALFOPEN_REQUIRE=all')
    expect(exitCode).toBe(3)
  })
})

describe.concurrent('what goes to stdout', () => {
  test('is coloured where FORCE_COLOR asks for it', async () => {
    await using home = await project({ 'scenarios/one.yaml': INCONCLUSIVE })
    const { stdout } = await home.run(['run'], { FORCE_COLOR: '1' })
    expect(stdout).toContain('\x1b[33m????')
  })

  test('is nothing but JSON with --reporter json, also on GitHub and with a JUnit file', async () => {
    await using home = await project({ 'scenarios/one.yaml': INCONCLUSIVE })
    const args = ['run', '--reporter', 'json', '--junit', 'j.xml', '--seed', '7']
    const { stdout } = await home.run(args, { GITHUB_ACTIONS: 'true' })
    expect(JSON.parse(stdout)).toMatchObject({
      halfopen: 1,
      lab: 'simulated',
      seed: 7,
      results: [{ result: 'inconclusive' }],
    })
  })

  test("is vitest's with a reporter of vitest's", async () => {
    await using home = await project({ 'scenarios/one.yaml': PASSES })
    const { stdout } = await home.run(['run', '--reporter', 'tap-flat'])
    expect(stdout).toMatch(/^TAP version 13\n1\.\.1\nok 1 - .*a broker drops a silent client/)
  })
})

describe.concurrent('which scenarios are played', () => {
  test('is what --grep finds in names and files, in either case', async () => {
    await using home = await project({ 'scenarios/a.yaml': INCONCLUSIVE, 'scenarios/b.yaml': PASSES })
    const { stdout } = await home.run(['run', '--grep', 'TOO SHORT'])
    expect(stdout).toContain('1 scenario in lab simulated')
  })

  test('is all of them in --shard 1/2 and --shard 2/2 together', async () => {
    const files = ['a', 'b', 'c'].map(name => [`scenarios/${name}.yaml`, INCONCLUSIVE.replace('a run', name)])
    await using home = await project(Object.fromEntries(files))
    const played = async (shard: string) => {
      const { stdout } = await home.run(['run', '--shard', shard, '--reporter', 'json'])
      return JSON.parse(stdout).results.map(({ file }: { file: string }) => file)
    }
    expect(await played('1/2')).toEqual(['scenarios/a.yaml', 'scenarios/c.yaml'])
    expect(await played('2/2')).toEqual(['scenarios/b.yaml'])
  })
})
