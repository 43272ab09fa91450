import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { partsOf, type RunShard, shardProblems } from '../../../src/commands/merge/run-shards.ts'
import { digestOf, parseRecord, type RunRecord, settled } from '../../../src/evidence/run-record.ts'
import type { Scenario } from '../../../src/model/scenario.ts'
import { builtIn } from '../../../src/plugins.ts'
import { loadScenarioText } from '../../../src/scenario/load.ts'

const VERSION = '1.2.3'

function scenario(name: string, file = `/here/scenarios/${name}.yaml`): Scenario {
  const text = `name: ${name}\nbroker: aedes\nclient: { name: mqttjs, keepalive: 10s }\nexpect: [stays-connected]\nuntil: 1K\n`
  const [read] = loadScenarioText(text, file, builtIn.vocabulary).scenarios
  if (!read) throw new Error('it does not load')
  return read
}

const LIST = ['a', 'b', 'c', 'd', 'e'].map(name => scenario(name))

/** Shard `index` of `of`: every of-th scenario. */
function shard(index: number, of: number, change: Partial<RunRecord> = {}): RunShard {
  const parts = LIST.flatMap((each, place) =>
    place % of === index - 1
      ? [{ place, scenario: each, lab: 'simulated', ended: { durationMs: 1, evidence: `${each.name}.ndjson` } }]
      : [],
  )
  const record = {
    run: 1,
    halfopen: VERSION,
    started: '2026-01-01T00:00:00.000Z',
    durationMs: 10,
    shard: { index, of },
    digest: digestOf(
      LIST.map(each => ({ scenario: each, lab: 'simulated' })),
      '/here',
    ),
    total: LIST.length,
    seed: 7,
    requireAll: false,
    elsewhere: 0,
    unreadable: false,
    cwd: '/here',
    package: '/opt/halfopen',
    sources: {},
    over: true,
    stoppedBy: null,
    troubles: [],
    parts,
    ...change,
  }
  const read = parseRecord(JSON.stringify(record))
  if (typeof read === 'string') throw new Error(read)
  return { dir: `shards/${index}`, record: read }
}

const all = (of: number) => Array.from({ length: of }, (_, i) => shard(i + 1, of))
const problems = (shards: readonly RunShard[]) => shardProblems(shards, VERSION)

/** A shard whose peers are told. */
function withPeers(
  given: RunShard,
  broker: string,
  client = '5.16.0',
  options: Record<string, unknown> = {},
): RunShard {
  const parts = given.record.parts.map(part => ({
    ...part,
    scenario: { ...part.scenario, broker: { ...part.scenario.broker, options } },
    ended: {
      ...part.ended,
      durationMs: 1,
      broker: { name: 'aedes', version: broker },
      client: { name: 'mqttjs', version: client },
    },
  }))
  return { ...given, record: { ...given.record, parts } }
}

describe('peers of shards', () => {
  test('are of one version, and another is refused by its name', () => {
    expect(problems([withPeers(shard(1, 2), '1.2.0'), withPeers(shard(2, 2), '1.2.0')])).toEqual([])
    expect(problems([withPeers(shard(1, 2), '1.2.0'), withPeers(shard(2, 2), '1.3.0', '5.17.0')])).toEqual([
      'shards/2 does not belong with shards/1: the broker aedes is 1.3.0 there, 1.2.0 here',
      'shards/2 does not belong with shards/1: the client mqttjs is 5.17.0 there, 5.16.0 here',
    ])
  })

  test('may differ where scenarios ask for different ones, and where nothing is told of them', () => {
    const asked = withPeers(shard(2, 2), '1.3.0', '5.16.0', { version: '1.3.0' })
    expect(problems([withPeers(shard(1, 2), '1.2.0'), asked])).toEqual([])
    expect(problems([withPeers(shard(1, 2), '1.2.0'), shard(2, 2)])).toEqual([])
  })
})

describe('shards of a run', () => {
  test('are the whole list in its order, however many there are and in whichever order they come', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }).chain(of => fc.shuffledSubarray(all(of), { minLength: of })),
        shards => {
          expect(problems(shards)).toEqual([])
          expect(partsOf(shards).map(part => part.scenario.name)).toEqual(['a', 'b', 'c', 'd', 'e'])
        },
      ),
    )
  })

  test('that lack any of them are refused, with the number of each', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 7 }).chain(of => fc.shuffledSubarray(all(of), { minLength: 1, maxLength: of - 1 })),
        shards => {
          const of = shards[0]?.record.shard?.of ?? 0
          const there = shards.map(({ record }) => record.shard?.index)
          const lacking = Array.from({ length: of }, (_, i) => i + 1).filter(index => !there.includes(index))
          expect(problems(shards)).toEqual(lacking.map(index => `shard ${index}/${of} is missing`))
        },
      ),
    )
  })

  const twoOf = (change: Partial<RunRecord>) => [shard(1, 2), shard(2, 2, change)]
  test.each([
    ['twice', [shard(1, 2), shard(2, 2), { ...shard(2, 2), dir: 'again' }], ['again is shard 2 again, after shards/2']],
    ['of another seed', twoOf({ seed: 8 }), ['shards/2 does not belong with shards/1: another seed (8 there, 7 here)']],
    [
      'of another list',
      twoOf({ digest: 'f'.repeat(64), total: 6 }),
      [expect.stringMatching(/another list of scenarios \(its digest\) \(f{12} of 6 there, [0-9a-f]{12} of 5 here\)$/)],
    ],
    [
      'of another version',
      twoOf({ halfopen: '1.2.4' }),
      [
        'shards/2 was played by halfopen 1.2.4, and this is 1.2.3',
        'shards/2 does not belong with shards/1: another version of halfopen (1.2.4 there, 1.2.3 here)',
      ],
    ],
    [
      'of another cut',
      [shard(1, 2), shard(2, 3)],
      ['shards/2 does not belong with shards/1: another number of shards (3 there, 2 here)'],
    ],
    ['killed', twoOf({ over: false }), ['shards/2 (shard 2/2) did not end: it was killed, or still plays']],
    ['stopped', twoOf({ stoppedBy: 'SIGTERM' }), ['shards/2 (shard 2/2) was stopped by SIGTERM: play it again']],
    [
      'whole',
      [shard(1, 2), shard(2, 2, { shard: null })],
      expect.arrayContaining(['shards/2 is a whole run, not a shard of one']),
    ],
    [
      'without evidence of a scenario',
      twoOf({
        parts: shard(2, 2).record.parts.map(part => ({ ...part, ended: { durationMs: 1 } })),
      }),
      [
        'shards/2 (shard 2/2): the evidence of "b" could not be saved there',
        'shards/2 (shard 2/2): the evidence of "d" could not be saved there',
      ],
    ],
  ])('that are there %s are refused by name', (_, shards, words) => {
    expect(problems(shards)).toEqual(words)
  })

  test('that do not hold the list that they name are refused', () => {
    const short = shard(2, 2, { parts: shard(2, 2).record.parts.slice(1) })
    expect(() => partsOf([shard(1, 2), short])).toThrow('the shards hold 4 of 5 scenarios')
  })
})

describe('a record', () => {
  test('names no file outside of its folder', () => {
    const { record } = shard(1, 1)
    for (const evidence of ['../x.ndjson', '/etc/passwd', 'a/b.ndjson', 'inconclusive/../../x', '..']) {
      const parts = record.parts.map(part => ({ ...part, ended: { durationMs: 1, evidence } }))
      expect(parseRecord(JSON.stringify({ ...record, parts }))).toMatch(/evidence: must be a name within the folder/)
    }
  })

  test('that is another thing says so', () => {
    expect(parseRecord('{')).toMatch(/^not JSON: /)
    expect(parseRecord('{"run":2}')).toMatch(/^this is not what halfopen run wrote: run: /)
  })
})

describe('a list of scenarios', () => {
  const digest = (names: readonly string[], cwd: string, lab = 'local') =>
    digestOf(
      names.map(name => ({ scenario: scenario(name, `${cwd}/scenarios/${name}.yaml`), lab })),
      cwd,
    )

  test('has one digest wherever the project lies', () => {
    expect(digest(['a', 'b'], '/here')).toBe(digest(['a', 'b'], '/builds/me/project'))
  })

  test('has another one in another order, another lab, or with one more', () => {
    const digests = [
      digest(['a', 'b'], '/here'),
      digest(['b', 'a'], '/here'),
      digest(['a'], '/here'),
      digest(['a', 'b'], '/here', 'simulated'),
    ]
    expect(new Set(digests).size).toBe(digests.length)
  })

  test('has the paths of the machine that it is merged on', () => {
    const moved = settled(scenario('a'), { cwd: '/here', package: '/opt/halfopen' }, '/there')
    expect(moved.position.file).toBe('/there/scenarios/a.yaml')
    expect(moved.expect[0]?.position.file).toBe('/there/scenarios/a.yaml')
    const elsewhere = settled(scenario('a', '/data/a.yaml'), { cwd: '/here', package: '/opt/halfopen' }, '/there')
    expect(elsewhere.position.file).toBe('/data/a.yaml')
  })
})
