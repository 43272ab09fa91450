import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Comparison } from '../../../src/commands/compare/comparison.ts'
import { comparisonJson, type FilePiece, piecesOf } from '../../../src/commands/compare/comparison-file.ts'
import { csvText } from '../../../src/commands/compare/deliver.ts'
import { isLong, LongSweep } from '../../../src/commands/compare/long-sweep.ts'
import { mergeLong, type ShardFile, scanned } from '../../../src/commands/compare/merge.ts'
import { SweepDigest } from '../../../src/commands/compare/sweep-digest.ts'
import { compared } from './grids.ts'

let dir: string
let whole: Comparison
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'halfopen-sweep-'))
  const played = await compared({ keepalive: '10s,20s,30s,50s,60s', idle: '45s,90s' }, { quick: true, phases: 1 })
  const [first] = played.results
  const leftOut = first ? [{ index: 10, cell: first.cell, reason: 'a lab that can not' }] : []
  whole = { ...played, cells: 11, leftOut }
})
afterAll(() => rm(dir, { recursive: true, force: true }))

const read = (name: string) => readFile(join(dir, name), 'utf8')

async function written({ results, leftOut, partial, clients, brokers, ...head }: Comparison, name: string) {
  const sweep = new LongSweep(head, { json: join(dir, `${name}.json`), csv: join(dir, `${name}.csv`) })
  await sweep.begin()
  for (const result of results) await sweep.result(result, { clients, brokers })
  for (const cell of leftOut) await sweep.leftOut(cell)
  return sweep.end({ partial, clients, brokers })
}

test('what is written as it comes is what is written at once', async () => {
  const outcome = await written(whole, 'a')
  expect(await read('a.json')).toBe(comparisonJson(whole))
  expect(await read('a.csv')).toBe(csvText(whole))
  expect(JSON.parse(await read('a.json'))).toEqual(whole)
  expect(outcome).toMatchObject({ troubles: [], isDoubtful: false, isWhole: true })
  expect(outcome.text).toMatch(/^10 cells; lab simulated, seed 7/)
  expect(outcome.text).toMatch(/left out, 1 cell: a lab that can not/)
  expect((await readdir(dir)).filter(file => file.endsWith('.part'))).toEqual([])
})

test('an empty comparison, and one without cells that are left out, are read as they were', async () => {
  for (const given of [whole, { ...whole, leftOut: [], cells: 10 }, { ...whole, results: [], leftOut: [], cells: 0 }]) {
    await writeFile(join(dir, 'b.json'), comparisonJson(given))
    const pieces: FilePiece[] = []
    for await (const piece of piecesOf(join(dir, 'b.json'))) pieces.push(piece)
    const values = (is: string) => pieces.filter(piece => piece.is === is).map(({ value }) => value)
    const joined = { ...values('head')[0], ...values('tail')[0] }
    expect({ ...joined, results: values('result'), leftOut: values('left-out') }).toEqual(given)
  }
})

test('shards that are merged a line at a time are the whole, however many they are and in whatever order', async () => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.boolean(), async (of, isReversed) => {
      const files: ShardFile[] = []
      for (let index = 1; index <= of; index++) {
        const own = <T extends { readonly index: number }>(all: readonly T[]) =>
          all.filter(each => each.index % of === index - 1)
        const [results, leftOut] = [own(whole.results), own(whole.leftOut)]
        const shard = { ...whole, shard: { index, of }, cells: results.length + leftOut.length, results, leftOut }
        await written(shard, `part-${index}`)
        const file = await scanned(join(dir, `part-${index}.json`))
        if (typeof file === 'string') throw new Error(file)
        files.push(file)
      }
      await mergeLong(isReversed ? files.reverse() : files, { json: join(dir, 'merged.json') })
      expect(await read('merged.json')).toBe(comparisonJson(whole))
    }),
    { numRuns: 10 },
  )
  vi.restoreAllMocks()
})

test.each<[string, (text: string) => string, RegExp]>([
  [
    'breaks off',
    text => text.slice(0, text.length >> 1),
    /x\.json:\d+: not JSON: |x\.json:\d+: it breaks off: who wrote it was killed/,
  ],
  [
    'lacks its last line',
    text => `${text.split('\n').slice(0, -2).join('\n')}\n`,
    /x\.json:13: it breaks off: who wrote it was killed/,
  ],
  ['lacks a cell', text => text.replace(/\{"index":3,.*\n/, ''), /x\.json: it holds 10 of 11 cells/],
  [
    'has a cell twice',
    text => text.replace(/(\{"index":3,.*\n)/, '$1$1'),
    /x\.json: its cells are not in the order of their numbers/,
  ],
  [
    'has another figure',
    text => text.replace(/"runs":1/, '"runs":"1"'),
    /x\.json:2: this is not what halfopen compare --json wrote: runs is missing/,
  ],
])('a file that %s is refused with its line', async (_, spoilt, words) => {
  await writeFile(join(dir, 'x.json'), spoilt(comparisonJson(whole)))
  expect(await scanned(join(dir, 'x.json'))).toMatch(words)
})

test('a file that can not be written is told at the end, and nothing of it is left', async () => {
  const { results, leftOut: _, partial, clients, brokers, ...head } = whole
  await writeFile(join(dir, 'file'), '')
  const sweep = new LongSweep(head, { json: join(dir, 'file', 'a.json') })
  await sweep.begin()
  for (const result of results) await sweep.result(result, { clients, brokers })
  const { troubles } = await sweep.end({ partial, clients, brokers })
  expect(troubles).toEqual([expect.stringMatching(/file\/a\.json can't be written: /)])
})

test('only grids that are large and not drawn are told of in this way', () => {
  expect([isLong(20_000, {}), isLong(20_001, {}), isLong(1e6, { svg: 'a' }), isLong(1e6, { html: 'a' })]).toEqual([
    false,
    true,
    false,
    false,
  ])
})

test('what a digest tells hangs on the results and not on their order', () => {
  const texts = [whole.results, whole.results.toReversed()].map(results => {
    const digest = new SweepDigest(undefined)
    for (const result of results) digest.add(result)
    return digest.text({ ...whole, results: [], leftOut: [] })
  })
  expect(texts[1]).toBe(texts[0])
  expect(texts[0]).toMatch(/Who notices first, in how many cells: /)
})
