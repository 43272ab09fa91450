import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { registry } from '../../src/model/plugin.ts'
import { loadScenarioText } from '../../src/scenario/load.ts'
import { vocabulary } from './vocabulary.ts'

const text = (...changes: [string, string][]): string =>
  changes.reduce(
    (all, [from, to]) => all.replace(from, to),
    `name: x
broker: aedes
client: { name: mqttjs, keepalive: 2s }
timeline:
  - { at: 1s, fault: blackhole }
expect: [stays-connected]
until: 6s
`,
  )
const messages = (written: string, words = vocabulary) =>
  loadScenarioText(written, 'x.yaml', words).problems.map(({ message }) => message)
const scenario = (written: string, words = vocabulary) => {
  const { scenarios, problems } = loadScenarioText(written, 'x.yaml', words)
  expect(problems).toEqual([])
  return scenarios[0]
}

describe('defaults', () => {
  test('a scenario without link, traffic, protocol and count has them all the same', () => {
    expect(scenario(text())).toMatchObject({
      link: { name: 'embedded', options: {}, latency: { ms: 0, k: 0 }, jitter: { ms: 0, k: 0 } },
      client: { protocol: 4, traffic: {}, count: 1 },
    })
  })

  test('a plug-in fills in its own options, also where its name stands alone', () => {
    expect(scenario(text())?.timeline[0]?.fault).toEqual({ name: 'blackhole', options: { direction: 'both' } })
  })

  test('a healthy scenario needs no timeline', () => {
    expect(scenario(text(['timeline:\n  - { at: 1s, fault: blackhole }\n', '']))?.timeline).toEqual([])
  })

  test('a scenario has tags, one or several, each once', () => {
    expect(scenario(text(['until', 'tags: slow\nuntil']))?.tags).toEqual(['slow'])
    expect(scenario(text(['until', 'tags: [slow, team/a, slow]\nuntil']))?.tags).toEqual(['slow', 'team/a'])
    for (const wrong of ['"!slow"', '[a, "b c"]', '"a,b"'])
      expect(messages(text(['until', `tags: ${wrong}\nuntil`])).join()).toContain('a tag is one word')
  })

  test('nothing is said that the file does not say', () => {
    expect(Object.keys(scenario(text()) ?? {})).toEqual([
      'name',
      'position',
      'broker',
      'client',
      'link',
      'timeline',
      'expect',
      'until',
    ])
    expect(scenario(text())?.timeline[0]).not.toHaveProperty('for')
  })
})

describe('the keep-alive', () => {
  test.each([
    ['0s', 0],
    ['2s', 2],
    ['2000ms', 2],
    ['0.5m', 30],
    ['65535s', 65_535],
  ])('%s is taken', (written, seconds) => {
    expect(scenario(text(['2s', written]))?.client.keepaliveS).toBe(seconds)
  })

  test.each(['65536s', '0.5s', '1s - 2s', '1K', '2', '"2"', '-2s', 'true', 'never'])('%s is refused', written => {
    expect(messages(text(['2s', written]))).toHaveLength(1)
  })
})

test("options of a client are its plug-in's own affair", () => {
  const client = scenario(text(['keepalive: 2s', 'keepalive: 2s, module: ./mine, wsOptions: { a: [1] }']))?.client
  expect(client?.options).toEqual({ module: './mine', wsOptions: { a: [1] } })
})

test('a key that JavaScript knows is as unknown as any other', () => {
  for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    expect(messages(text(['until', `${key}: 1\nuntil`]))).toEqual([`unknown key ${JSON.stringify(key)}`])
    expect(messages(text(['broker: aedes', `broker: ${key}`]))).toEqual([`unknown broker ${JSON.stringify(key)}`])
    expect(messages(text(['fault: blackhole', `fault: ${key}`]))).toEqual([`unknown fault ${JSON.stringify(key)}`])
    expect(messages(text(['fault: blackhole', `fault: { ${key}: {} }`]))).toEqual([
      `unknown fault ${JSON.stringify(key)}`,
    ])
  }
})

describe("a plug-in's own schema", () => {
  const odd = z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('tcp'), port: z.int().min(1).max(65_535) }),
    z.strictObject({ kind: z.literal('tls'), port: z.int().multipleOf(2), ca: z.string() }),
  ])
  const plain = z.union([
    z.strictObject({ mode: z.literal('slow'), rate: z.number() }),
    z.strictObject({ mode: z.literal('fast'), size: z.number(), more: z.number() }),
  ])
  const refined = z
    .strictObject({ a: z.number().optional(), b: z.number().optional() })
    .refine(o => o.a !== o.b, 'a and b have to differ')
  const fault = (name: string, options: z.ZodType) => ({ name, summary: name, options })
  const words = {
    ...vocabulary,
    faults: registry([fault('odd', odd), fault('plain', plain), fault('refined', refined)]),
  }
  const said = (written: string) => messages(text(['fault: blackhole', `fault: ${written}`]), words)

  test.each([
    ['{ odd: { kind: udp } }', ['"kind" can\'t be "udp"']],
    ['{ odd: { kind: tcp, port: 0 } }', ['"port" has to be at least 1']],
    ['{ odd: { kind: tcp, port: 70000 } }', ['"port" has to be at most 65535']],
    ['{ odd: { kind: tls, port: 1 } }', ['"port" has to be a multiple of 2', '"ca" is missing']],
    ['{ plain: { mode: fats } }', ['"mode" can\'t be "fats"']],
    ['{ plain: { mode: fast, size: 1 } }', ['"more" is missing']],
    ['{ refined: { a: 1, b: 1 } }', ['a and b have to differ']],
    ['{ refined: { a: yes } }', ['"a" has to be a number, not "yes"']],
    ['refined', ["refined can't stand alone: a and b have to differ"]],
  ])('%s is answered in its own terms', (written, expected) => {
    expect(said(written).toSorted()).toEqual(expected.toSorted())
  })

  test('a constant that none of its branches knows is answered with all of theirs', () => {
    const written = text(['fault: blackhole', 'fault: { plain: { mode: fats } }'])
    const [problem] = loadScenarioText(written, 'x.yaml', words).problems
    expect(problem).toMatchObject({ allowed: ['slow', 'fast'], nearest: 'fast' })
  })

  test('a broker whose options are no object is refused when the schema is built', () => {
    const broken = { ...vocabulary, brokers: registry([{ ...fault('text', z.string()), protocols: [4] }]) }
    expect(() => loadScenarioText(text(), 'x.yaml', broken)).toThrow('text')
  })
})
