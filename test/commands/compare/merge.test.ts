import { beforeAll, expect, test } from 'vitest'
import type { Comparison } from '../../../src/commands/compare/comparison.ts'
import { readComparison } from '../../../src/commands/compare/comparison-file.ts'
import { mergeShards } from '../../../src/commands/compare/merge.ts'
import { compared } from './grids.ts'

let whole: Comparison
beforeAll(async () => {
  whole = await compared({ keepalive: '10s,20s,30s,40s,50s', idle: '45s' }, { quick: true, phases: 1 })
})

const shard = (index: number, of: number): Comparison => {
  const results = whole.results.filter(result => result.index % of === index - 1)
  return { ...whole, shard: { index, of }, cells: results.length, results }
}
const file = (name: string, comparison: Comparison) => ({ file: name, comparison })

test('shards together are the whole', () => {
  const merged = mergeShards([3, 1, 2].map(index => file(`${index}.json`, shard(index, 3))))
  expect(merged).toEqual({ comparison: whole })
})

test('a shard that was stopped makes the whole partial', () => {
  const stopped = { ...shard(2, 2), partial: true, results: [] }
  const merged = mergeShards([file('1.json', shard(1, 2)), file('2.json', stopped)])
  expect(merged).toMatchObject({ comparison: { partial: true, cells: 5 } })
})

test.each([
  [() => [file('a', shard(1, 2))], ['shard 2/2 is missing']],
  [() => [file('a', shard(1, 2)), file('b', shard(1, 2))], ['b is shard 1 again, after a', 'shard 2/2 is missing']],
  [() => [file('a', whole)], ['a is a whole comparison, not a shard of one']],
  [
    () => [file('a', shard(1, 2)), file('b', { ...shard(2, 2), settings: { ...whole.settings, seed: 8 } })],
    ['b does not belong with a: another seed'],
  ],
  [
    () => [
      file('a', shard(1, 2)),
      file('b', { ...shard(2, 2), halfopen: '9.9.9', axes: { ...whole.axes, keepaliveS: [1] } }),
    ],
    ['b does not belong with a: another version of halfopen', 'b does not belong with a: another list of axes'],
  ],
  [
    () => [file('a', shard(1, 2)), file('b', { ...shard(2, 2), brokers: { aedes: { version: '9.9.9' } } })],
    [expect.stringMatching(/^b does not belong with a: aedes 9\.9\.9 there, \d[.\d]+ here$/)],
  ],
])('what does not belong together is not merged (%#)', (files, problems) => {
  expect(mergeShards(files())).toEqual({ problems })
})

test('a file that is none of ours is named for what it is', () => {
  expect(readComparison('{')).toMatch(/^not JSON: /)
  expect(readComparison('{"comparison":2}')).toMatch(
    /^this is not what halfopen compare --json wrote: comparison is missing, or has another form$/,
  )
  expect(readComparison(JSON.stringify(whole))).toEqual(whole)
})
