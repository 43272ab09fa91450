/** Every mapping of a scenario refuses a key that it does not know, at its line and column: of each plug-in, however deep. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { z } from 'zod'
import { vocabulary } from '../../src/plugins.ts'
import { loadScenarioText } from '../../src/scenario/load.ts'

/** The parts of JSON Schema that our plug-ins' options come to. */
interface Node {
  readonly anyOf?: readonly Node[]
  readonly oneOf?: readonly Node[]
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: readonly string[]
  readonly additionalProperties?: unknown
  readonly items?: Node
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly pattern?: string
  readonly type?: string
  readonly minimum?: number
  readonly exclusiveMinimum?: number
}
type Path = readonly (string | number)[]

/** Some value that a schema takes; what a plug-in's own code asks for besides is written down. */
function sample(node: Node): unknown {
  if (node.enum) return node.enum[0]
  if (node.const !== undefined) return node.const
  const [choice] = node.anyOf ?? node.oneOf ?? []
  if (choice) return sample((node.anyOf ?? node.oneOf ?? []).find(each => each.properties) ?? choice)
  if (node.pattern?.includes('ms|s|m|h|K')) return '1s'
  if (node.type === 'array') return [node.items ? sample(node.items) : 1]
  if (node.properties) {
    const required = node.required ?? []
    return Object.fromEntries(required.map(key => [key, sample(node.properties?.[key] ?? {})]))
  }
  if (node.type === 'number' || node.type === 'integer') return Math.max(1, node.minimum ?? 1)
  return node.type === 'boolean' ? true : node.type === 'object' ? {} : 'x'
}

/** The paths of all mappings with keys of their own, with those keys. */
function mappings(node: Node, path: Path = []): { readonly path: Path; readonly keys: readonly string[] }[] {
  const choices = [...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap(each => mappings(each, path))
  if (!node.properties) return choices
  const below = Object.entries(node.properties).flatMap(([key, value]) => mappings(value, [...path, key]))
  return [...choices, { path, keys: Object.keys(node.properties) }, ...below]
}

const schemaOf = (options: z.ZodType): Node => z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' }) as Node

/** Options that a plug-in can't do without, though its schema does not say so. */
const NEEDED: Readonly<Record<string, object>> = {
  swallow: { packets: ['pingresp'] },
  external: { url: 'mqtt://127.0.0.1' },
  'idle-cut': { after: '5s' },
  'clock-step': { by: '+1h' },
}

const BASE = {
  name: 'a',
  broker: { name: 'mosquitto' },
  client: { name: 'mqttjs', keepalive: '2s', traffic: { publishing: { every: '1s' } }, will: { qos: 1 } },
  link: { name: 'embedded' },
  timeline: [{ at: '1s', fault: { delay: { latency: '1s' } } }],
  expect: [{ flaps: { max: 1 } }],
  until: '5s',
}

interface Place {
  readonly what: string
  readonly scenario: unknown
  readonly path: Path
  readonly keys: readonly string[]
}

/** A tree with a value put in at a path; maps on the way are made. */
function put(tree: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value
  const child = Reflect.get(Object(tree), step) as unknown
  if (Array.isArray(tree)) return tree.with(Number(step), put(child, rest, value))
  return { ...(typeof tree === 'object' ? tree : {}), [step]: put(child, rest, value) }
}
const get = (tree: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, step) => Reflect.get(Object(value), step), tree)

/** BASE with a partner for a peer that speaks another dialect: the first that speaks it too. */
function basePairedWith(what: 'broker' | 'client', dialect: string | undefined): unknown {
  if (dialect === undefined) return BASE
  const kinds = what === 'broker' ? vocabulary.brokers : vocabulary.clients
  const partner = [...kinds.values()].find(kind => kind.dialect === dialect)
  return put(BASE, [what], { name: partner?.name, ...(what === 'client' && { keepalive: '2s' }) })
}

function ofPlugin(what: string, base: unknown, at: Path, options: z.ZodType, name: string): Place[] {
  const schema = schemaOf(options)
  const object = (schema.anyOf ?? []).find(each => each.properties) ?? schema
  const given = { ...(sample(object) as object), ...NEEDED[name] }
  const here = put(base, at, { ...(get(base, at) as object), ...given })
  return mappings(schema).map(({ path, keys }) => {
    const full = [...at, ...path]
    const node = get(here, full)
    const known = path.reduce<Node>((schemaHere, step) => schemaHere.properties?.[String(step)] ?? {}, object)
    const scenario = typeof node === 'object' && node !== null ? here : put(here, full, sample(known) ?? {})
    return { what: `${what} ${name} ${path.join('.')}`, scenario, path: full, keys }
  })
}

const places: readonly Place[] = [
  { what: 'scenario', scenario: BASE, path: [], keys: Object.keys(BASE) },
  { what: 'step', scenario: BASE, path: ['timeline', 0], keys: ['at', 'fault', 'for'] },
  { what: 'traffic', scenario: BASE, path: ['client', 'traffic'], keys: ['publishing', 'receiving'] },
  { what: 'stream', scenario: BASE, path: ['client', 'traffic', 'publishing'], keys: ['qos', 'every', 'size'] },
  { what: 'will', scenario: BASE, path: ['client', 'will'], keys: ['delay', 'qos', 'retain', 'size'] },
  ...[...vocabulary.brokers.values()].flatMap(({ name, options, protocols, ofProfile, dialect }) => {
    const broker = { name, ...(ofProfile ? { profile: 'p' } : {}) }
    const protocol = protocols.includes(4) ? 4 : 5
    return ofPlugin(
      'broker',
      put(put(basePairedWith('client', dialect), ['broker'], broker), ['client', 'protocol'], protocol),
      ['broker'],
      options,
      name,
    )
  }),
  ...[...vocabulary.clients.values()].flatMap(({ name, options, ofProfile, dialect }) => {
    const client = { name, keepalive: '2s', ...(ofProfile ? { profile: 'p' } : {}) }
    return ofPlugin('client', put(basePairedWith('broker', dialect), ['client'], client), ['client'], options, name)
  }),
  ...[...vocabulary.links.values()].flatMap(({ name, options }) =>
    ofPlugin('link', put(BASE, ['link'], { name }), ['link'], options, name),
  ),
  ...[...vocabulary.faults.values()].flatMap(({ name, options }) =>
    ofPlugin(
      'fault',
      put(BASE, ['timeline', 0, 'fault'], { [name]: {} }),
      ['timeline', 0, 'fault', name],
      options,
      name,
    ),
  ),
  ...[...vocabulary.checks.values()].flatMap(({ name, options }) =>
    ofPlugin('check', put(BASE, ['expect', 0], { [name]: {} }), ['expect', 0, name], options, name),
  ),
]

/** The text, and where its last key stands that is called so. */
function written(scenario: unknown, path: Path, key: string) {
  const text = stringify(put(scenario, [...path, key], 1))
  const lines = text.split('\n')
  const line = lines.findLastIndex(each => new RegExp(`^[ -]*"?${key}"?:`).test(each))
  return { text, line: line + 1, column: (lines[line]?.indexOf(key) ?? -1) + 1 }
}

/** One letter more, less or other, which is no other key. */
const misspelt = ({ keys }: Place) =>
  fc
    .tuple(fc.constantFrom(...keys.filter(key => key.length > 3 && /^\w+$/.test(key)), 'banana'), fc.nat(), fc.nat(2))
    .map(([key, at, how]) => {
      const i = 1 + (at % (key.length - 1))
      return how === 0
        ? `${key.slice(0, i)}q${key.slice(i)}`
        : how === 1
          ? key.slice(0, i) + key.slice(i + 1)
          : `${key.slice(0, i)}q${key.slice(i + 1)}`
    })
    .filter(key => !keys.includes(key) && key !== 'name' && !key.startsWith('x-'))

test('there are many places, and each is a scenario that is taken without the key', () => {
  expect(places.length).toBeGreaterThan(50)
  const wrong = places.flatMap(({ what, scenario }) => {
    const { problems } = loadScenarioText(stringify(scenario), 'a.yaml', vocabulary)
    const own = problems.filter(({ message }) => !message.includes('can name a profile'))
    return own.map(({ message }) => `${what}: ${message}`)
  })
  expect(wrong).toEqual([])
})

test.each(places.map(place => [place.what, place] as const))('banana is refused at its place: %s', (_, place) => {
  const { text, line, column } = written(place.scenario, place.path, 'banana')
  const { scenarios, problems } = loadScenarioText(text, 'a.yaml', vocabulary)
  expect(scenarios).toEqual([])
  expect(problems).toContainEqual(
    expect.objectContaining({
      position: { file: 'a.yaml', line, column },
      message: expect.stringMatching(/^unknown (key|fault|check) "banana"/),
    }),
  )
})

test('a key that is a letter off is refused at its place, wherever it stands', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...places).chain(place => misspelt(place).map(key => [place, key] as const)),
      ([place, key]) => {
        const { text, line, column } = written(place.scenario, place.path, key)
        const { scenarios, problems } = loadScenarioText(text, 'a.yaml', vocabulary)
        expect(scenarios).toEqual([])
        expect(problems.map(({ position }) => position)).toContainEqual({ file: 'a.yaml', line, column })
      },
    ),
    { numRuns: 300 },
  )
})
