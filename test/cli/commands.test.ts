import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ReportersMap } from 'vitest/node'
import { VITEST_REPORTERS } from '../../src/commands/run/reporters.ts'
import { BUNDLED_SCENARIOS } from '../../src/model/package.ts'
import { PASSES, project } from './halfopen.ts'

/** The scripts that a run of node loaded, from its coverage. */
async function loadedBy(folder: string): Promise<string[]> {
  const texts = await Promise.all((await readdir(folder)).map(file => readFile(join(folder, file), 'utf8')))
  return texts.flatMap(text => JSON.parse(text).result.map(({ url }: { url: string }) => url))
}

describe('halfopen list', () => {
  test('as JSON gives every kind, with what each can do', async () => {
    await using home = await project({ 'scenarios/one.yaml': PASSES })
    const { stdout, exitCode } = await home.run(['list', '--json'])
    const lists = JSON.parse(stdout)
    expect(Object.keys(lists)).toEqual([
      'scenarios',
      'faults',
      'checks',
      'brokers',
      'clients',
      'links',
      'labs',
      'reporters',
      'presets',
    ])
    expect(lists.scenarios).toMatchObject([{ name: 'a broker drops a silent client', summary: 'scenarios/one.yaml:1' }])
    expect(lists.labs).toMatchObject(
      expect.arrayContaining([expect.objectContaining({ name: 'local', available: true })]),
    )
    expect(exitCode).toBe(0)
  })

  test('in words names options with their type and default', async () => {
    await using home = await project()
    const { stdout } = await home.run(['list', '--faults'])
    expect(stdout).toMatch(/^faults\n/)
    expect(stdout).toMatch(/direction: up \| down \| both \(default both\)/)
    expect(stdout).not.toContain('brokers')
    expect(stdout.split('\n').filter(line => line.length > 80)).toEqual([])
  })

  test('lists the bundled scenarios where a project has none', async () => {
    await using home = await project()
    const { stdout } = await home.run(['list', '--scenarios', '--json'])
    const [{ summary }] = JSON.parse(stdout).scenarios
    expect(resolve(home.dir, summary)).toContain(BUNDLED_SCENARIOS)
  })

  test('refuses files for a kind that has none, and lists everything in few lines', async () => {
    await using home = await project()
    const wrong = await home.run(['list', '--faults', 'nofile'])
    expect(wrong).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('files are for --scenarios') })
    const { stdout } = await home.run(['list'])
    expect(stdout).toContain('With their options: halfopen list --faults')
    expect(stdout).not.toContain('direction: up | down')
    expect(stdout).not.toContain('undefined')
  })

  test('loads nothing that another command needs', async () => {
    await using home = await project()
    await home.run(['list', '--faults'], { NODE_V8_COVERAGE: join(home.dir, 'loaded') })
    const loaded = await loadedBy(join(home.dir, 'loaded'))
    expect(loaded.some(url => url.endsWith('/dist/cli/main.js'))).toBe(true)
    expect(
      loaded.filter(url =>
        /node_modules\/(vitest|vite|@vitest|hono|@hono|prom-client|piscina|testcontainers)\//.test(url),
      ),
    ).toEqual([])
  })
})

describe('halfopen init', () => {
  test('writes a scenario that loads and a workflow, and then leaves them alone', async () => {
    await using home = await project()
    const first = await home.run(['init'])
    expect(first.stdout).toContain('wrote scenarios/first.yaml\nwrote .github/workflows/halfopen.yml')
    expect(await readdir(home.dir)).toEqual(expect.arrayContaining(['.github', 'scenarios']))
    expect(await readFile(join(home.dir, 'scenarios/first.yaml'), 'utf8')).toMatch(/^# yaml-language-server: \$schema=/)
    expect((await home.run(['list', '--scenarios'])).exitCode).toBe(0)

    await home.write('scenarios/first.yaml', 'mine')
    const second = await home.run(['init'])
    expect(second.stdout).toContain('left scenarios/first.yaml as it is')
    expect(await readFile(join(home.dir, 'scenarios/first.yaml'), 'utf8')).toBe('mine')
  })

  test('says in one message what cannot be written', async () => {
    await using home = await project({ scenarios: 'a file' })
    const { exitCode, stderr } = await home.run(['init'])
    expect(stderr).toMatch(/^error: \S+first\.yaml can't be written: [^\n]+$/)
    expect(exitCode).toBe(3)
  })
})

test('halfopen doctor tells of each tool whether it is usable, or how to add it', async () => {
  await using home = await project()
  const { stdout, exitCode } = await home.run(['doctor'], { PATH: '/nowhere' })
  expect(stdout).toContain(`ok  node  ${process.versions.node}`)
  expect(stdout).toMatch(/-- {2}docker {2}not on the PATH/)
  expect(stdout.match(/to add it: {2}\S/g)?.length).toBeGreaterThanOrEqual(3)
  expect(exitCode).toBe(0)
})

describe('halfopen judge', () => {
  test('of a file that is no evidence is one message and exit code 2', async () => {
    await using home = await project({ 'a.ndjson': '{"evidence":1}\n{"atMs":' })
    const { exitCode, stderr } = await home.run(['judge', 'a.ndjson'])
    expect(stderr).toMatch(/a\.ndjson/)
    expect(exitCode).toBe(2)
  })

  test('of nothing is wrong usage', async () => {
    await using home = await project()
    expect((await home.run(['judge'])).exitCode).toBe(1)
    expect((await home.run(['judge', '.'])).exitCode).toBe(1)
  })
})

test("the reporters of vitest that run accepts are vitest's own", () => {
  const all = [...Object.keys(ReportersMap), 'html'].sort()
  expect([...VITEST_REPORTERS].sort()).toEqual(all)
})
