import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatProblems } from '../../src/scenario/format.ts'
import { loadScenarioText } from '../../src/scenario/load.ts'
import { vocabulary } from '../scenario/vocabulary.ts'

const seed = Number(process.env.HALFOPEN_FUZZ_SEED ?? Math.trunc(Math.random() * 2 ** 31))
console.log(`fuzzing the scenario loader: HALFOPEN_FUZZ_SEED=${seed}`)

const GOLDEN = `${import.meta.dirname}/../golden/scenario`
const samples = ['ok', 'failed'].flatMap(folder =>
  readdirSync(`${GOLDEN}/${folder}`)
    .filter(name => name.endsWith('.yaml'))
    .map(name => readFileSync(`${GOLDEN}/${folder}/${name}`, 'utf8')),
)
const sample = fc.constantFrom(...samples)

/** Never throws; gives scenarios, or problems that lie inside the file. */
function holds(text: string): void {
  const { scenarios, problems } = loadScenarioText(text, 'fuzz.yaml', vocabulary)
  expect(scenarios.length > 0).toBe(problems.length === 0)
  const lines = text.split('\n')
  for (const { position, message } of problems) {
    expect(position.line).toBeGreaterThanOrEqual(1)
    expect(position.line).toBeLessThanOrEqual(lines.length)
    expect(position.column).toBeGreaterThanOrEqual(1)
    expect(position.column).toBeLessThanOrEqual((lines[position.line - 1]?.length ?? 0) + 1)
    expect(message).not.toMatch(/Invalid input|undefined|\[object|\0/)
  }
  formatProblems(problems, new Map([['fuzz.yaml', text]]), { color: false })
  for (const scenario of scenarios) expect(JSON.parse(JSON.stringify(scenario))).toEqual(scenario)
}

const SCRAPS = [
  '---\n',
  '...',
  '{',
  '}',
  '[',
  ']',
  ':',
  ': ',
  '- ',
  ', ',
  '? ',
  '&a ',
  '*a',
  '!x ',
  '!!binary ',
  '|',
  '>\n',
  '#',
  '"',
  "'",
  '<<: *a',
  '%YAML 1.1',
  '\n',
  '\n  ',
  '\t',
  '\r\n',
  '\r',
  '\u0000',
  '\u2028',
  '\ufeff',
  '\ud800',
  '🚪',
  'null',
  '~',
  'true',
  '0x1F',
  '.inf',
  '.nan',
  '1e999',
  '-1',
  '2',
  '2s',
  '1.5K',
  '9'.repeat(400),
  `${'9'.repeat(400)}s`,
  '__proto__',
  'constructor',
  'toString',
  'name',
  'matrix',
  'matrix: { broker: [aedes, 3] }',
  'client.keepalive: [1s]',
  'timeline.0.fault.blackhole: [{}]',
  'blackhole',
  'fault',
  'expect',
  'delay',
]

describe('the loader never throws, and has an answer to everything', () => {
  const run = (name: string, text: fc.Arbitrary<string>, numRuns: number) =>
    test(name, () => fc.assert(fc.property(text, holds), { seed, numRuns }), 60_000)

  run('to any text', fc.string({ unit: 'binary', maxLength: 200 }), 2000)

  run(
    'to anything put together from what YAML and scenarios are made of',
    fc.array(fc.constantFrom(...SCRAPS), { maxLength: 30 }).map(s => s.join('')),
    2000,
  )

  const cut = fc.record({
    text: sample,
    at: fc.nat(),
    length: fc.nat({ max: 12 }),
    scrap: fc.constantFrom('', ...SCRAPS),
  })
  const damaged = cut.map(({ text, at, length, scrap }) => {
    const start = at % (text.length + 1)
    return text.slice(0, start) + scrap + text.slice(start + length)
  })
  run('to a scenario file with a piece cut out and another put in', damaged, 2000)

  const shuffled = sample.chain(text => fc.shuffledSubarray(text.split('\n')).map(lines => lines.join('\n')))
  run('to a scenario file whose lines were shuffled', shuffled, 1000)

  const swapped = fc.tuple(sample, fc.json({ maxDepth: 3 }), fc.nat()).map(([text, json, at]) => {
    const values = [...text.matchAll(/(?<=: )[\w.{[-]+/g)]
    const value = values[at % Math.max(values.length, 1)]
    return value ? text.slice(0, value.index) + json + text.slice(value.index + value[0].length) : text
  })
  run('to a scenario file with one value replaced by anything', swapped, 1500)
})

test.each([
  ['lists', '['.repeat(20_000)],
  ['maps', '{a: '.repeat(20_000)],
  ['block lists', `${'- '.repeat(20_000)}a`],
  ['keys', '? '.repeat(20_000)],
  [
    'aliases',
    `a0: &a0 [x]\n${Array.from({ length: 60 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]\n`).join('')}`,
  ],
  ['a matrix', `matrix: { ${'a.'.repeat(5000)}a: [1] }`],
])('%s in thousands are a problem, not a crash', (_, text) => {
  holds(text)
})
