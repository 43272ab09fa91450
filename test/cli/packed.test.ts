import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { test } from '../doubt/test.ts'
import {
  FAILS,
  INCONCLUSIVE,
  PASSES_IN_REAL_TIME,
  type Project,
  project,
  REPOSITORY,
  SKIPPED,
  UNREADABLE,
} from './halfopen.ts'

const run = promisify(execFile)

/** Of the pages that halfopen writes, which carry it in themselves. */
const STYLE = 'dist/pages/page.css'

/** Installed as a user installs it, into a project that knows nothing of this repository. */
describe('the package', () => {
  let home: Project
  let content: { filename: string; size: number; files: { path: string }[] }
  beforeAll(async () => {
    home = await project({ 'package.json': '{ "name": "fresh", "private": true, "type": "module" }' })
    // dist is fresh: test/build.ts has seen to it.
    const packed = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', home.dir], {
      cwd: REPOSITORY,
    })
    ;[content] = JSON.parse(packed.stdout)
    const { filename } = content
    const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--save-dev']
    await run('npm', ['install', ...flags, `./${filename}`], { cwd: home.dir })
  }, 120_000)
  afterAll(() => home[Symbol.asyncDispose]())

  const npx = (...args: string[]) =>
    execa('npx', args, { cwd: home.dir, reject: false, env: { NO_COLOR: '1', HALFOPEN_REQUIRE: undefined } })

  test('holds what it is for and nothing else: no map, no sources, no tests', async () => {
    const paths = content.files.map(({ path }) => path)
    const tops = [...new Set(paths.map(path => path.split('/')[0]))].sort()
    expect(tops).toEqual([
      'LICENSE',
      'README.md',
      'action.yml',
      'deploy',
      'dist',
      'docker',
      'docker-compose.yml',
      'docs',
      'halfopen.schema.json',
      'package.json',
      'peers',
      'scenarios',
      'templates',
    ])
    // `prepack` begins with an empty dist and adds the types; here it may hold what was built before.
    expect(paths).toContain(STYLE)
    expect(paths.filter(path => path.startsWith('dist/') && path !== STYLE && !/\.(js|d\.ts)$/.test(path))).toEqual([])
    expect(paths.filter(path => path.endsWith('.d.ts')).length).toBeLessThanOrEqual(2)
    expect(paths.filter(path => path.startsWith('docs/decisions/'))).toEqual([])
    // 400 kB are wanted (docs/decisions/056).
    expect(paths.length).toBeLessThan(450)
    expect(content.size).toBeLessThan(800_000)
  })

  test('asks for the packages that it does not bring, with the line that installs them', async () => {
    const { stderr, exitCode } = await npx('halfopen', 'compare', '--keepalive', '10s')
    expect(stderr).toMatch(
      /needs more: the package piscina is not installed; to add it:\n {2}npm install --save-dev "piscina@\^5/,
    )
    expect(exitCode).toBe(3)
    const listed = await npx('halfopen', 'list', '--labs', '--json')
    const { labs } = JSON.parse(listed.stdout)
    expect(labs.find(({ name }: { name: string }) => name === 'containers').available).toEqual({
      reason: 'the package testcontainers is not installed',
      remedy: expect.stringMatching(/^npm install --save-dev "testcontainers@/),
    })
  })

  test('runs its first scenario: npx halfopen init && npx halfopen run', async () => {
    expect((await npx('halfopen', 'init')).exitCode).toBe(0)
    const { exitCode, stdout } = await npx('halfopen', 'run')
    expect(stdout).toMatch(/^1 passed in [\d.]+ s/m)
    expect(exitCode).toBe(0)
  })

  test('brings the JSON Schema that the first scenario names', async () => {
    const yaml = await readFile(join(home.dir, 'scenarios/first.yaml'), 'utf8')
    const [, schema = ''] = /\$schema=(\S+)/.exec(yaml) ?? []
    const text = await readFile(join(home.dir, 'scenarios', schema), 'utf8')
    expect(JSON.parse(text)).toHaveProperty('$schema')
  })

  test('gives tests and matchers to a vitest of the user', async ({ time }) => {
    await home.write('keepalive/passes.yaml', PASSES_IN_REAL_TIME)
    await home.write('keepalive/skipped.yaml', SKIPPED)
    await home.write('broken/fails.yaml', FAILS)
    await home.write('broken/short.yaml', INCONCLUSIVE)
    await home.write('unreadable/slip.yaml', UNREADABLE)
    await home.write('user.test.ts', USERS_TEST)
    await rm(join(home.dir, '.halfopen'), { recursive: true, force: true })
    await home.write('unreadable.test.ts', UNREADABLE_TEST)
    const { stdout, exitCode } = await npx('vitest', 'run', '--reporter=json')
    const { testResults } = JSON.parse(stdout)
    const results = Object.fromEntries(
      testResults.flatMap((file: { assertionResults: { title: string; status: string }[] }) =>
        file.assertionResults.map(({ title, status }) => [title, status]),
      ),
    )
    if (results['from code'] === 'skipped') time.doubted('the run from code is inconclusive by the machine')
    expect(results).toEqual({
      'a broker drops a silent client': 'passed',
      'a frozen Aedes': 'skipped',
      'a silent client stays connected': 'failed',
      'a run that is too short': 'failed',
      'from code': 'passed',
    })
    expect(await readFile(join(home.dir, '.halfopen/.gitignore'), 'utf8')).toBe('*\n')
    expect(stdout).toContain('broken/fails.yaml:5:5')
    expect(stdout).toContain('unreadable/slip.yaml:4')
    expect(stdout).toContain('unreadable/slip.yaml:5')
    expect(exitCode).toBe(1)
  })
})

const USERS_TEST = `import { judge, loadScenarios, openLab, run } from 'halfopen'
import { scenarios } from 'halfopen/vitest'
import { expect, test } from 'vitest'

scenarios('keepalive/**')
scenarios('broken', { name: 'broken' })

test('from code', async ({ skip }) => {
  const { scenarios: [scenario], problems } = await loadScenarios('keepalive/passes.yaml')
  expect(problems).toEqual([])
  const lab = openLab('local')
  const verdict = judge(await run(scenario, lab))
  await lab[Symbol.asyncDispose]()
  skip(verdict.blame === 'harness', 'the machine')
  expect(verdict).toPass()
  expect(verdict).toDetectWithin('broker-drops-client', { earliest: '1.4K', latest: '1.5K + 1s' })
  expect(verdict).not.toDetectWithin('broker-drops-client', { latest: '1s' })
  expect(verdict).not.toFailCheck('broker-drops-client')
})
`

const UNREADABLE_TEST = `import { scenarios } from 'halfopen/vitest'
scenarios('unreadable')
`
