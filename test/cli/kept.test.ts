import { existsSync } from 'node:fs'
import { readdir, readFile, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { expired, keptRuns, type RunFolder } from '../../src/commands/run/evidence-folder.ts'
import { INCONCLUSIVE, LONG, type Project, project } from './halfopen.ts'

const seed = Number(process.env.HALFOPEN_FUZZ_SEED ?? Math.trunc(Math.random() * 2 ** 31))
console.log(`folders of runs: HALFOPEN_FUZZ_SEED=${seed}`)

const HOUR_MS = 3_600_000

describe('what is removed', () => {
  const folder: fc.Arbitrary<RunFolder> = fc.record(
    {
      name: fc.date({ noInvalidDate: true }).map(date => date.toISOString().replace(/[:.]/g, '-')),
      ageMs: fc.integer({ min: -1000, max: 50 * HOUR_MS }),
      owner: fc.constantFrom('alive', 'gone', 'elsewhere'),
    },
    { requiredKeys: ['name', 'ageMs'] },
  )

  test('is nothing that plays or is young, and nothing of the newest', () => {
    const folders = fc.uniqueArray(folder, { selector: ({ name }) => name, maxLength: 40 })
    const holds = (found: readonly RunFolder[], keep: number) => {
      const gone = expired(found, keep)
      const byName = new Map(found.map(each => [each.name, each]))
      for (const name of gone) {
        const { ageMs, owner } = byName.get(name) ?? expect.fail(name)
        expect(owner).not.toBe('alive')
        expect(ageMs).toBeGreaterThan(owner === 'elsewhere' ? 24 * HOUR_MS : 600_000)
        expect(found.filter(other => other.name > name).length).toBeGreaterThanOrEqual(keep)
      }
      // And everything else that is old.
      const old = found.filter(({ ageMs, owner }) => ageMs > 24 * HOUR_MS && owner !== 'alive')
      const left = old.filter(({ name }) => !gone.includes(name))
      expect(left.length).toBeLessThanOrEqual(keep)
    }
    fc.assert(fc.property(folders, fc.integer({ min: 1, max: 20 }), holds), { seed, numRuns: 2000 })
  })

  test('is what HALFOPEN_KEEP does not keep', () => {
    expect([keptRuns({}), keptRuns({ HALFOPEN_KEEP: '' }), keptRuns({ HALFOPEN_KEEP: '3' })]).toEqual([10, 10, 3])
    for (const HALFOPEN_KEEP of ['0', '-1', 'all', '1.5'])
      expect(() => keptRuns({ HALFOPEN_KEEP })).toThrow(`HALFOPEN_KEEP: '${HALFOPEN_KEEP}' is no whole number from 1`)
  })
})

const runsIn = async ({ dir }: Project) =>
  (await readdir(join(dir, '.halfopen'))).filter(name => /^\d{4}-/.test(name)).sort()

/** As if nothing had been written there for two hours. */
const age = async ({ dir }: Project, name: string) => {
  const date = Date.now() / 1000 - 2 * 3600
  await utimes(join(dir, '.halfopen', name), date, date)
}

describe.concurrent('runs in one folder', { timeout: 120_000 }, () => {
  test('only the last ten are kept, and only runs are removed', async () => {
    await using home = await project({ 'scenarios/a.yaml': INCONCLUSIVE })
    for (let n = 10; n < 25; n++) {
      await home.write(`.halfopen/2020-01-01T00-00-${n}-000/x.ndjson`, '')
      await age(home, `2020-01-01T00-00-${n}-000`)
    }
    await home.write('.halfopen/mine/x.ndjson', '')
    await home.run(['run'])
    expect(await runsIn(home)).toHaveLength(10)
    const names = await readdir(join(home.dir, '.halfopen'))
    expect(names).toEqual(expect.arrayContaining(['.gitignore', 'mine', 'latest', '2020-01-01T00-00-24-000']))
    expect(await readFile(join(home.dir, '.halfopen/.gitignore'), 'utf8')).toBe('*\n')
  })

  test('one that still plays keeps its evidence, whatever others begin meanwhile; once it was killed it goes', async () => {
    await using home = await project({ 'long.yaml': LONG, 'short.yaml': INCONCLUSIVE })
    const env = { HALFOPEN_KEEP: '1' }
    const long = home.run(['run', 'long.yaml', 'short.yaml'], env)
    const evidence = () => join(home.dir, '.halfopen/latest/a-run-that-is-too-short.ndjson')
    await vi.waitUntil(() => existsSync(evidence()), { timeout: 60_000, interval: 50 })
    const [first = ''] = await runsIn(home)
    await age(home, first)
    await Promise.all([home.run(['run', 'short.yaml'], env), home.run(['run', 'short.yaml'], env)])
    expect(await runsIn(home)).toHaveLength(3)
    expect(existsSync(join(home.dir, '.halfopen', first, 'a-run-that-is-too-short.ndjson'))).toBe(true)

    long.kill('SIGKILL')
    await long
    await age(home, first)
    await home.run(['run', 'short.yaml'], env)
    expect(await runsIn(home)).not.toContain(first)
    // The two others ended just now: they are young.
    expect(await runsIn(home)).toHaveLength(3)
  })

  test('that begin in the same moment have a folder each, and no mark stays', async () => {
    await using home = await project({ 'short.yaml': INCONCLUSIVE })
    const codes = await Promise.all([1, 2, 3, 4].map(async () => (await home.run(['run', 'short.yaml'])).exitCode))
    expect(codes).toEqual([3, 3, 3, 3])
    const runs = await runsIn(home)
    expect(runs).toHaveLength(4)
    for (const name of runs)
      expect(await readdir(join(home.dir, '.halfopen', name))).toContain('a-run-that-is-too-short.ndjson')
  })
})
