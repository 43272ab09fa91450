import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { partOf, SCHEDULERS, SHARD_TOTAL, shardIn } from '../../src/terminal/shard.ts'

const OUR_SCHEDULER = 'your own'

describe('--shard auto', () => {
  test.each([
    ['GitLab', { CI_NODE_INDEX: '2', CI_NODE_TOTAL: '5' }, 2, 5],
    ['GitLab without parallel', { CI_NODE_TOTAL: '1' }, 1, 1],
    ['CircleCI', { CIRCLE_NODE_INDEX: '0', CIRCLE_NODE_TOTAL: '4' }, 1, 4],
    ['Buildkite', { BUILDKITE_PARALLEL_JOB: '3', BUILDKITE_PARALLEL_JOB_COUNT: '4' }, 4, 4],
    ['Bitbucket', { BITBUCKET_PARALLEL_STEP: '1', BITBUCKET_PARALLEL_STEP_COUNT: '3' }, 2, 3],
    ['Azure', { SYSTEM_JOBPOSITIONINPHASE: '1', SYSTEM_TOTALJOBSINPHASE: '3' }, 1, 3],
    ["GitHub's matrix", { HALFOPEN_SHARD_INDEX: '2', [SHARD_TOTAL]: '3' }, 3, 3],
    ['Kubernetes', { JOB_COMPLETION_INDEX: '0', [SHARD_TOTAL]: '4' }, 1, 4],
    ['AWS Batch', { AWS_BATCH_JOB_ARRAY_INDEX: '9', AWS_BATCH_JOB_ARRAY_SIZE: '10' }, 10, 10],
    ['Cloud Run', { CLOUD_RUN_TASK_INDEX: '0', CLOUD_RUN_TASK_COUNT: '2' }, 1, 2],
    ['Slurm', { SLURM_ARRAY_TASK_ID: '4', SLURM_ARRAY_TASK_COUNT: '4', SLURM_ARRAY_TASK_MIN: '1' }, 4, 4],
    ['Slurm from 0', { SLURM_ARRAY_TASK_ID: '0', SLURM_ARRAY_TASK_COUNT: '4', SLURM_ARRAY_TASK_MIN: '0' }, 1, 4],
    [
      'Slurm in steps of 10',
      {
        SLURM_ARRAY_TASK_ID: '30',
        SLURM_ARRAY_TASK_COUNT: '4',
        SLURM_ARRAY_TASK_MIN: '10',
        SLURM_ARRAY_TASK_STEP: '10',
      },
      3,
      4,
    ],
    [
      'a Slurm task that is played again alone',
      { SLURM_ARRAY_TASK_ID: '3', SLURM_ARRAY_TASK_COUNT: '1', SLURM_ARRAY_TASK_MIN: '3', [SHARD_TOTAL]: '4' },
      3,
      4,
    ],
    ['Swarm', { HALFOPEN_SWARM_SLOT: '3', [SHARD_TOTAL]: '4' }, 4, 4],
    ["Swarm's slot 0", { HALFOPEN_SWARM_SLOT: 'k6c1a4lqbnbdqpbhfdr2prnfi', [SHARD_TOTAL]: '4' }, 1, 4],
  ])('knows %s', (_, env, index, of) => {
    expect(shardIn('auto', env)).toEqual({ index, of })
  })

  test.each([
    [{}, /^auto: no scheduler tells which shard this is\. Looked for: HALFOPEN_SHARD_INDEX \(your own\), /],
    [{ JOB_COMPLETION_INDEX: '2' }, /^auto: JOB_COMPLETION_INDEX=2, but Kubernetes does not tell how many .*TOTAL\.$/],
    [{ HALFOPEN_SWARM_SLOT: '2' }, /^auto: HALFOPEN_SWARM_SLOT=2, but Docker Swarm does not tell/],
    [{ CIRCLE_NODE_INDEX: '2' }, /^auto: CIRCLE_NODE_INDEX=2, but CIRCLE_NODE_TOTAL is missing \(CircleCI\)/],
    [{ CI_NODE_TOTAL: '4' }, /^auto: CI_NODE_INDEX is missing \(GitLab\)/],
    [{ CIRCLE_NODE_INDEX: '4', CIRCLE_NODE_TOTAL: '4' }, /makes this shard 5 of 4: it counts from 0\.$/],
    [{ CI_NODE_INDEX: '0', CI_NODE_TOTAL: '4' }, /makes this shard 0 of 4: it counts from 1\.$/],
    [{ CI_NODE_INDEX: '1', CI_NODE_TOTAL: '0' }, /^auto: CI_NODE_TOTAL='0' must be a whole number from 1/],
    [{ CIRCLE_NODE_INDEX: 'k6c1a4lqbnbdqpbhfdr2prnfi', CIRCLE_NODE_TOTAL: '4' }, /must be a whole number\.$/],
    [{ HALFOPEN_SWARM_SLOT: '{{.Task.Slot}}', [SHARD_TOTAL]: '4' }, /must be a whole number\.$/],
    [
      { SLURM_ARRAY_TASK_ID: '7', SLURM_ARRAY_TASK_COUNT: '2', SLURM_ARRAY_TASK_MIN: '3' },
      /makes this shard 5 of 2: .* set HALFOPEN_SHARD_TOTAL and count from 1/,
    ],
  ] as const)('says of %j what is wrong', (env, words) => {
    expect(shardIn('auto', env)).toMatch(words)
  })

  test('is told in the table of docs/ci.md, scheduler by scheduler', () => {
    const doc = readFileSync(join(import.meta.dirname, '../../docs/ci.md'), 'utf8')
    for (const { name, index, base, total } of SCHEDULERS) {
      if (name === OUR_SCHEDULER) continue
      const row = doc.split('\n').find(line => line.startsWith(`| ${name}`) && line.includes(`\`${index}\``))
      expect(row, name).toContain(`| ${base} |`)
      expect(row, name).toContain(`\`${total ?? SHARD_TOTAL}\``)
    }
  })
})

test('a shard by hand is within its total', () => {
  expect(shardIn('2/5', {})).toEqual({ index: 2, of: 5 })
  for (const text of ['3/2', '0/2', '1/0', '1', 'Auto', '1/2/3'])
    expect(shardIn(text, {})).toMatch(/^It must be like 2\/5/)
})

describe('shards', () => {
  const costs = fc.array(fc.integer({ min: 1, max: 10_000 }), { maxLength: 60 })
  const shards = fc.integer({ min: 1, max: 9 })
  const all = (list: readonly number[], of: number) =>
    Array.from({ length: of }, (_, shard) => partOf(list, { index: shard + 1, of }))
  const sum = (list: readonly number[], places: readonly number[]) =>
    places.reduce((total, place) => total + (list[place] ?? 0), 0)

  test('have each member once between them, in the order of the list', () => {
    fc.assert(
      fc.property(costs, shards, (list, of) => {
        const parts = all(list, of)
        expect(parts.flat().sort((a, b) => a - b)).toEqual([...list.keys()])
        for (const part of parts) expect(part).toEqual([...part].sort((a, b) => a - b))
      }),
    )
  })

  test('differ by no more than the most expensive member', () => {
    fc.assert(
      fc.property(costs, shards, (list, of) => {
        const sums = all(list, of).map(part => sum(list, part))
        expect(Math.max(...sums) - Math.min(...sums)).toBeLessThanOrEqual(Math.max(0, ...list))
      }),
    )
  })

  test('of equal costs differ by one member at most', () => {
    const parts = all(Array(49).fill(12_000), 4)
    expect(parts.map(part => part.length)).toEqual([13, 12, 12, 12])
  })

  test('put the long one alone, where counting would give it a third of the others too', () => {
    expect(all([900, 100, 100, 100, 100, 100], 2)).toEqual([[0], [1, 2, 3, 4, 5]])
  })
})
