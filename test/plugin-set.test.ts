import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Fault } from '../src/faults/fault.ts'
import type { Check } from '../src/judge/checks/check.ts'
import type { ClientKind } from '../src/peers/clients/client.ts'
import { KIND_NAMES, PluginError, type PluginSet } from '../src/plugin-set.ts'
import { builtIn, catalogOf } from '../src/plugins.ts'
import { loadScenarioText } from '../src/scenario/load.ts'
import { scenarioJsonSchema } from '../src/scenario/scenario-schema.ts'

const nothing = z.strictObject({})
const fault: Fault = {
  name: 'solar-storm',
  summary: 'all radio is gone',
  options: nothing,
  holds: 'order',
  on: () => [],
  off: () => [],
}
const check: Check = {
  name: 'is-brave',
  summary: 'it goes on',
  options: nothing,
  needsControl: 'pass',
  judge: () => ({ result: 'pass', sinceMs: null, seenMs: null, window: null, reason: 'it did' }),
}
const client: ClientKind = {
  name: 'buoy',
  summary: 'a buoy',
  options: nothing,
  traffic: { publishing: false, receiving: false },
  available: async () => true,
  version: async () => '1',
  start: async () => {
    throw new Error('it sank')
  },
}
const set: PluginSet = { name: 'halfopen-sea', faults: [fault], checks: [check], clients: [client] }

const problemsOf = (sets: unknown): readonly string[] => {
  try {
    catalogOf(sets as readonly PluginSet[])
  } catch (error) {
    if (error instanceof PluginError) return error.problems
    throw error
  }
  return []
}

describe('a package of plug-ins', () => {
  const catalog = catalogOf([set])

  test('is known to the catalog, with whose it is', () => {
    expect(catalog.faults.get('solar-storm')).toMatchObject({
      from: 'halfopen-sea',
      summary: 'all radio is gone (of halfopen-sea)',
    })
    expect(catalog.peersIn('local').clients.has('buoy')).toBe(true)
    expect(catalog.peersIn('simulated').clients.has('buoy')).toBe(true)
    expect(catalog.peers.faults?.has('solar-storm')).toBe(true)
  })

  test('leaves what halfopen brings as it is', () => {
    expect(builtIn.faults.has('solar-storm')).toBe(false)
    expect(catalog.faults.get('blackhole')).toBe(builtIn.faults.get('blackhole'))
  })

  test('is known to scenario files and to their JSON Schema', () => {
    const text = `name: a buoy in a storm
broker: aedes
client: { name: buoy, keepalive: 2s }
timeline: [{ at: 1s, fault: solar-storm }]
expect: [is-brave]
until: 5s
`
    expect(loadScenarioText(text, 'sea.yaml', catalog.vocabulary)).toMatchObject({
      problems: [],
      scenarios: [{ client: { name: 'buoy' } }],
    })
    expect(loadScenarioText(text, 'sea.yaml', builtIn.vocabulary).scenarios).toEqual([])
    const schema = JSON.stringify(scenarioJsonSchema(catalog.vocabulary))
    for (const name of ['solar-storm', 'is-brave', 'buoy']) expect(schema).toContain(`"${name}"`)
  })

  test('is named where one of its plug-ins throws', async () => {
    await expect(catalog.clients.get('buoy')?.start({} as never)).rejects.toThrow(
      'the client buoy of halfopen-sea: it sank',
    )
    const broken = catalogOf([{ name: 'p', faults: [{ ...fault, on: () => fail('no antenna') }] }])
    expect(() => broken.faults.get('solar-storm')?.on({}, 1000)).toThrow('the fault solar-storm of p: no antenna')
  })
})

const fail = (why: string): never => {
  throw new Error(why)
}

describe('what is wrong with plug-ins is told, all at once', () => {
  test.each<[string, unknown, string]>([
    [
      'a name that halfopen has',
      { name: 'p', faults: [{ ...fault, name: 'blackhole' }] },
      'p: the fault "blackhole" is there already, from halfopen',
    ],
    [
      'a name without its package',
      { faults: [fault] },
      'plugins[0] has to be an object with the "name" of its package',
    ],
    ['no object', 'halfopen-sea', 'plugins[0] has to be an object with the "name" of its package'],
    [
      'an unknown kind',
      { name: 'p', faulst: [fault] },
      'p: unknown key "faulst"; allowed: name, faults, checks, brokers, clients, links, labs, reporters',
    ],
    ['no list', { name: 'p', faults: fault }, 'p: "faults" has to be a list'],
    ['a class', { name: 'p', faults: [new (class Fault {})()] }, 'p: faults[0] has to be a plain object'],
    ['no function', { name: 'p', faults: [{ ...fault, on: [] }] }, 'p: faults[0].on has to be a function'],
    [
      'no schema',
      { name: 'p', checks: [{ ...check, options: {} }] },
      'p: checks[0].options has to be a schema of zod 4 (halfopen exports its `z`)',
    ],
    [
      'a name that no scenario can spell',
      { name: 'p', clients: [{ ...client, name: 'A Buoy' }] },
      'p: clients[0].name has to be of small letters, digits, dots and dashes',
    ],
    [
      'a home that is a path',
      { name: 'p', clients: [{ ...client, home: './buoy.js' }] },
      'p: clients[0].home has to be the URL of its module: import.meta.url',
    ],
  ])('%s', (_, given, problem) => {
    expect(problemsOf([given])).toEqual([problem])
  })

  test('two packages with one name', () => {
    expect(problemsOf([set, { ...set, name: 'halfopen-lake' }])).toEqual([
      'halfopen-lake: the fault "solar-storm" is there already, from halfopen-sea',
      'halfopen-lake: the check "is-brave" is there already, from halfopen-sea',
      'halfopen-lake: the client "buoy" is there already, from halfopen-sea',
    ])
  })

  test('whatever is given, there is a catalog or problems, and never another error', () => {
    const anything = fc.anything({ withNullPrototype: true, maxDepth: 4 })
    const kinds = fc.dictionary(fc.constantFrom(...KIND_NAMES, 'name', 'x'), fc.oneof(anything, fc.array(anything)))
    fc.assert(fc.property(fc.array(fc.oneof(anything, kinds), { maxLength: 3 }), sets => void problemsOf(sets)))
    expect(problemsOf([{ ...set }])).toEqual([])
  })
})
