import { z } from 'zod'
import { DURATION_PATTERN } from '../model/duration.ts'
import type { Plugin, Vocabulary } from '../model/plugin.ts'

/**
 * The options of all plug-ins as TypeScript, one interface for each kind: what `defineScenario` is typed with. It is generated, since
 * types that were written by hand would part from the schemas; interfaces, so that a package with plug-ins can add its own.
 */
export function vocabularyTypes({ brokers, clients, links, faults, checks, labs }: Vocabulary): string {
  const kinds: readonly (readonly [name: string, what: string, plugins: Iterable<Plugin>])[] = [
    ['BrokerOptions', 'brokers', brokers.values()],
    ['ClientOptions', 'clients', clients.values()],
    ['LinkOptions', 'links', links.values()],
    ['FaultOptions', 'faults', faults.values()],
    ['CheckOptions', 'checks', checks.values()],
  ]
  const parts = kinds.map(([name, what, plugins]) => {
    const lines = [...plugins].map(({ name: own, options }) => `  readonly ${keyText(own)}: ${optionsType(options)}`)
    return `/** The ${what} by their names, with what each can be given. */\nexport interface ${name} {\n${lines.join('\n')}\n}`
  })
  const places = labs.map(lab => `  readonly ${keyText(lab)}: true`)
  return `${[HEAD, ...parts, `/** The labs by their names. */\nexport interface Labs {\n${places.join('\n')}\n}`].join(
    '\n\n',
  )}\n`
}

const HEAD = `// biome-ignore-all format: it is generated
/** Generated from the vocabulary: \`npm run build\`, then \`npm run types\`. A package with plug-ins may add to these interfaces. */
import type { DurationInput } from '../model/duration.ts'`

/** The parts of JSON Schema that options come to. */
interface Node {
  readonly type?: string | readonly string[]
  readonly pattern?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly not?: unknown
  readonly anyOf?: readonly Node[]
  readonly oneOf?: readonly Node[]
  readonly allOf?: readonly Node[]
  readonly items?: Node
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Node
}

const optionsType = (options: z.ZodType): string =>
  typeOf(z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' }) as Node)

function typeOf(node: Node): string {
  if (node.pattern === DURATION_PATTERN) return 'DurationInput'
  if (node.enum) return union(node.enum.map(literal))
  if (node.const !== undefined) return literal(node.const)
  const choices = node.anyOf ?? node.oneOf
  if (choices) return union(choices.map(typeOf))
  if (node.type === 'array') return `readonly (${node.items ? typeOf(node.items) : 'unknown'})[]`
  if (node.type === 'object') return objectType(node)
  if (node.type === 'integer' || node.type === 'number') return 'number'
  return node.type === 'string' || node.type === 'boolean' ? node.type : 'unknown'
}

function objectType({ properties = {}, required = [], additionalProperties }: Node): string {
  // What is known only to be refused is no option.
  const offered = Object.entries(properties).filter(([, value]) => value.not === undefined)
  const keys = offered.map(
    ([name, value]) => `readonly ${keyText(name)}${required.includes(name) ? '' : '?'}: ${typeOf(value)}`,
  )
  // Keys of any name are an index only where there are no others: it would have to fit them all.
  const isOpen = typeof additionalProperties === 'object' && keys.length === 0
  const index = isOpen ? [`readonly [name: string]: ${typeOf(additionalProperties)}`] : []
  return keys.length + index.length === 0 ? 'Readonly<Record<never, never>>' : `{ ${[...keys, ...index].join('; ')} }`
}

const union = (types: readonly string[]): string => [...new Set(types)].join(' | ') || 'never'

const literal = (value: unknown): string => (typeof value === 'string' ? quoted(value) : String(value))

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

const keyText = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : quoted(name))
