import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { FAILS, INCONCLUSIVE, PASSES, project, UNREADABLE } from './halfopen.ts'

describe.concurrent('the exit code of halfopen run', () => {
  test.each([
    [0, 'all passed', PASSES, ['run']],
    [4, 'a scenario failed', FAILS, ['run']],
    [3, 'a run was inconclusive', INCONCLUSIVE, ['run']],
    [2, 'a scenario is unreadable', UNREADABLE, ['run']],
    [2, 'a file is not there', PASSES, ['run', 'scenarios/absent.yaml']],
    [1, 'an option is unknown', PASSES, ['run', '--grap', 'x']],
    [1, 'a lab is unknown', PASSES, ['run', '--lab', 'locale']],
    [1, 'a reporter is unknown', PASSES, ['run', '--reporter', 'defualt']],
    [1, 'nothing matches', PASSES, ['run', '--grep', 'nothing of the kind']],
    [1, 'a number is none', PASSES, ['run', '--jobs', 'many']],
    [1, 'a shard is beyond the last', PASSES, ['run', '--shard', '3/2']],
    [1, 'a command is unknown', PASSES, ['runn']],
  ])('is %i where %s', async (code, _, scenario, args) => {
    await using home = await project({ 'scenarios/one.yaml': scenario })
    expect((await home.run(args)).exitCode).toBe(code)
  })

  test('is 4 where one failed and another was inconclusive', async () => {
    await using home = await project({
      'scenarios/a.yaml': FAILS,
      'scenarios/b.yaml': INCONCLUSIVE,
      'scenarios/c.yaml': PASSES,
    })
    const { exitCode, stdout } = await home.run(['run'])
    expect(stdout).toMatch(/1 passed, 1 failed, 1 inconclusive in [\d.]+ s \(seed \d+\)$/)
    expect(exitCode).toBe(4)
  })

  test('is 0 where one that must fail has failed', async () => {
    await using home = await project({ 'scenarios/canary.yaml': `${FAILS}must: fail\n` })
    const { exitCode, stdout } = await home.run(['run'])
    expect(stdout).toContain('came out as fail, as it must')
    expect(exitCode).toBe(0)
  })

  test('is 3 where every scenario was skipped, since nothing was judged', async () => {
    await using home = await project({ 'scenarios/elsewhere.yaml': `${PASSES}lab: [simulated]\n` })
    const { exitCode, stdout, stderr } = await home.run(['run'])
    expect(stdout).toContain('made for lab simulated, not for local')
    expect(stderr).toContain('Nothing was judged')
    expect(exitCode).toBe(3)
  })

  test('is 3 for a skip under HALFOPEN_REQUIRE=all', async () => {
    await using home = await project({ 'scenarios/a.yaml': PASSES, 'scenarios/b.yaml': `${PASSES}lab: [simulated]\n` })
    const [lenient, strict] = await Promise.all([home.run(['run']), home.run(['run'], { HALFOPEN_REQUIRE: 'all' })])
    expect(lenient.exitCode).toBe(0)
    expect(strict.stderr).toContain('HALFOPEN_REQUIRE=all')
    expect(strict.exitCode).toBe(3)
  })
})

describe.concurrent('a wrong word on the command line', () => {
  test.each([
    [['run', '--lab', 'locale'], "Did you mean 'local'?", 'allowed: local'],
    [['run', '--reporter', 'defualt'], "Did you mean 'default'?", 'junit'],
    [['runn'], '(Did you mean run?)', ''],
    [['run', '--repoter', 'x'], '(Did you mean --reporter?)', ''],
  ])('%j is answered with the nearest one', async (args, hint, allowed) => {
    await using home = await project()
    const { stderr } = await home.run(args)
    expect(stderr).toContain(hint)
    expect(stderr).toContain(allowed)
  })

  test('in a scenario file is shown with all its problems, their lines and a caret', async () => {
    await using home = await project({ 'scenarios/bad.yaml': UNREADABLE })
    const { stderr, stdout } = await home.run(['run'])
    expect(stderr).toMatch(/scenarios\/bad\.yaml:4:10/)
    expect(stderr).toMatch(/scenarios\/bad\.yaml:5:8/)
    expect(stderr).toContain('^')
    expect(stdout).toBe('')
  })
})

describe.concurrent('a failed scenario', () => {
  test('shows its line, and can be judged again from its evidence with the same result', async () => {
    await using home = await project({ 'scenarios/deep/fails.yaml': FAILS })
    const { stdout } = await home.run(['run', '--json', 'out/first.json'])
    expect(stdout).toContain('scenarios/deep/fails.yaml:5:5')
    expect(stdout).toContain('> 5 |   - stays-connected')
    const command = /npx halfopen (judge \S+\.ndjson)/.exec(stdout)?.[1]?.split(' ') ?? []
    const again = await home.run([...command, '--json', 'out/again.json'])
    expect(again.exitCode).toBe(4)
    const checks = async (file: string) => JSON.parse(await readFile(join(home.dir, file), 'utf8')).results[0].checks
    expect(await checks('out/again.json')).toEqual(await checks('out/first.json'))
  })

  test('is an annotation on GitHub, at the line of its expectation', async () => {
    await using home = await project({ 'scenarios/fails.yaml': FAILS })
    const { stdout } = await home.run(['run'], { GITHUB_ACTIONS: 'true' })
    expect(stdout).toMatch(
      /^::error file=scenarios\/fails\.yaml,line=5,col=5,title=a silent client stays connected::stays-connected: /m,
    )
  })

  test('is a failure in JUnit, with the frame of its expectation', async () => {
    await using home = await project({ 'scenarios/fails.yaml': FAILS, 'scenarios/passes.yaml': PASSES })
    const { stdout } = await home.run(['run', '--junit', 'deep/er/junit.xml'])
    const xml = await readFile(join(home.dir, 'deep/er/junit.xml'), 'utf8')
    expect(xml).toContain('tests="2" failures="1"')
    expect(xml).toContain('type="ScenarioFailed"')
    expect(xml).toContain('scenarios/fails.yaml:5:5')
    expect(stdout).not.toContain('JUNIT')
  })
})

describe.concurrent('what goes to stdout', () => {
  test('is plain in a log and coloured where FORCE_COLOR asks for it', async () => {
    await using home = await project({ 'scenarios/one.yaml': INCONCLUSIVE })
    const [plain, colored] = await Promise.all([home.run(['run']), home.run(['run'], { FORCE_COLOR: '1' })])
    expect(plain.stdout).not.toContain('\x1b')
    expect(colored.stdout).toContain('\x1b[33m????')
  })

  test('is nothing but JSON with --reporter json', async () => {
    await using home = await project({ 'scenarios/one.yaml': INCONCLUSIVE })
    const { stdout } = await home.run(['run', '--reporter', 'json', '--junit', 'j.xml', '--seed', '7'], {
      env: { GITHUB_ACTIONS: 'true' },
    })
    expect(JSON.parse(stdout)).toMatchObject({
      halfopen: 1,
      lab: 'local',
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

describe.concurrent('evidence that cannot be saved', () => {
  test('for a folder that cannot be made is one message and exit code 3, after the verdict', async () => {
    await using home = await project({ 'scenarios/a.yaml': PASSES, 'scenarios/b.yaml': PASSES, file: 'in the way' })
    const { exitCode, stdout, stderr } = await home.run(['run', '--out', 'file/evidence'])
    expect(stdout).toContain('2 passed')
    expect(stderr).toMatch(/^halfopen: evidence can't be saved in \S+\/file\/evidence: [^\n]+$/)
    expect(exitCode).toBe(3)
  })

  test.skipIf(process.getuid?.() !== 0)(
    'for a full disk is one message and exit code 3, after the verdict',
    async () => {
      await using home = await project({ 'scenarios/a.yaml': PASSES, 'scenarios/b.yaml': PASSES })
      const disk = join(home.dir, 'disk')
      await mkdir(disk)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk])
      onTestFinished(() => void execFileSync('umount', [disk]))
      await writeFile(join(disk, 'ballast'), Buffer.alloc(2 << 20)).catch(() => undefined)
      const { exitCode, stdout, stderr } = await home.run(['run', '--out', 'disk/evidence'])
      expect(stdout).toContain('2 passed')
      expect(stderr).toMatch(
        /^halfopen: evidence can't be saved in \S+\/disk\/evidence: no space left on device \(ENOSPC\)$/,
      )
      expect(exitCode).toBe(3)
    },
  )

  test('is no concern of the default folder, which keeps the last ten runs', async () => {
    await using home = await project({ 'scenarios/a.yaml': INCONCLUSIVE })
    for (let n = 10; n < 25; n++) await home.write(`.halfopen/2020-01-01T00-00-${n}-000/x.ndjson`, '')
    await home.write('.halfopen/kept/x.ndjson', '')
    await home.run(['run'])
    const names = await readdir(join(home.dir, '.halfopen'))
    expect(names.filter(name => name.startsWith('20'))).toHaveLength(10)
    expect(names).toEqual(expect.arrayContaining(['.gitignore', 'kept', 'latest', '2020-01-01T00-00-24-000']))
    expect(await readdir(join(home.dir, '.halfopen/latest'))).toEqual(['a-run-that-is-too-short.ndjson'])
  })
})

describe.concurrent('which scenarios are played', () => {
  test('is what --grep finds in names and files, in either case', async () => {
    await using home = await project({ 'scenarios/a.yaml': INCONCLUSIVE, 'scenarios/b.yaml': PASSES })
    const { stdout } = await home.run(['run', '--grep', 'TOO SHORT'])
    expect(stdout).toContain('1 scenario in lab local')
  })

  test('is all of them in --shard 1/2 and --shard 2/2 together', async () => {
    const files = Object.fromEntries(
      ['a', 'b', 'c'].map(name => [`scenarios/${name}.yaml`, INCONCLUSIVE.replace('a run', name)]),
    )
    await using home = await project(files)
    const runs = await Promise.all(
      ['1/2', '2/2'].map(shard => home.run(['run', '--shard', shard, '--reporter', 'json'])),
    )
    const names = runs.map(run => JSON.parse(run.stdout).results.map(({ file }: { file: string }) => file))
    expect(names).toEqual([['scenarios/a.yaml', 'scenarios/c.yaml'], ['scenarios/b.yaml']])
  })
})
