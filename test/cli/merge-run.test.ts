import { cp, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FAILS, INCONCLUSIVE, PASSES, type Project, project, SKIPPED } from './halfopen.ts'

const REPORTS = ['json', 'junit', 'ctrf', 'markdown', 'html']
const reportsIn = (dir: string) => REPORTS.flatMap(kind => [`--${kind}`, `${dir}/${kind}`])

/** What depends on the clock of the machine: dates, and how long it took. */
const DATES = [
  [/"(started|duration_ms|durationMs|duration|start|stop)": ?("[^"]*"|[\d.]+)/g, '"$1":0'],
  [/ (time|timestamp)="[^"]*"/g, ' $1=""'],
  [/, [\d.]+ s\. /g, ', 0 s. '],
  [/ in [\d.]+ s \(seed/g, ' in 0 s (seed'],
] as const
const undated = (text: string) => DATES.reduce((all, [pattern, by]) => all.replaceAll(pattern, by), text)

describe('a run in two shards', () => {
  let home: Project
  let whole: Awaited<ReturnType<Project['run']>>
  let merged: Awaited<ReturnType<Project['run']>>
  beforeAll(async () => {
    home = await project({
      'scenarios/deep/fails.yaml': FAILS,
      'scenarios/deep/passes.yaml': PASSES,
      'scenarios/secret.yaml': `${PASSES.replace('a broker', 'a trusted broker')}description: mqtt://me:hunter2@broker\n`,
      'scenarios/elsewhere.yaml': `${SKIPPED}lab: [simulated]\n`,
      'scenarios/short.yaml': INCONCLUSIVE,
    })
    const shard = (index: number) =>
      home.run(['run', '--seed', '7', '--shard', `${index}/2`, '--out', 'shards/{shard}'])
    const plays = [home.run(['run', '--seed', '7', '--out', 'all', ...reportsIn('one')]), shard(1), shard(2)]
    whole = (await Promise.all(plays))[0] as typeof whole
    await rename(join(home.dir, 'all'), join(home.dir, 'evidence-of-the-whole'))
    // Evidence folders are all that travels: the scenario files are not there.
    await rm(join(home.dir, 'scenarios'), { recursive: true })
    merged = await home.run(['merge', 'shards', '--out', 'all', ...reportsIn('two')])
  })
  afterAll(() => home[Symbol.asyncDispose]())

  test.each(REPORTS)('merged writes the %s of one run, byte for byte but for dates', async kind => {
    const [one, two] = await Promise.all(['one', 'two'].map(dir => readFile(join(home.dir, dir, kind), 'utf8')))
    expect(undated(two ?? '')).toBe(undated(one ?? ''))
    expect(one).not.toContain('hunter2')
  })

  test('merged has its exit code and its summary', () => {
    const summary = (stdout: string) => undated(stdout.trimEnd().split('\n').at(-1) ?? '')
    expect([whole.exitCode, merged.exitCode]).toEqual([4, 4])
    expect(summary(merged.stdout)).toBe(summary(whole.stdout))
    expect(summary(whole.stdout)).toContain('2 passed, 1 failed, 1 inconclusive, 1 skipped')
  })

  test('is refused where one is lost, is there twice, or lacks evidence, by name', async () => {
    const at = (path: string) => join(home.dir, path)
    await mkdir(at('bad'))
    await cp(at('shards/2'), at('bad/2'), { recursive: true })
    const lost = await home.run(['merge', 'bad'])
    expect([lost.exitCode, lost.stderr]).toEqual([1, 'error: shard 1/2 is missing'])
    await cp(at('shards/2'), at('bad/again'), { recursive: true })
    expect((await home.run(['merge', 'bad', 'shards/1'])).stderr).toBe('error: bad/again is shard 2 again, after bad/2')
    await rm(at('bad/again'), { recursive: true })
    await rm(at('bad/2/a-silent-client-stays-connected.ndjson'), { force: true })
    await rm(at('bad/2/a-trusted-broker-drops-a-silent-client.ndjson'), { force: true })
    const { exitCode, stderr } = await home.run(['merge', 'shards/1', 'bad/2'])
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/^error: .*bad\/2\/a-[\w-]+\.ndjson can't be read as evidence: there is no such file$/)
  })
})
