/** What somebody else's package adds to halfopen, taken in and checked: docs/plugins.md. */
import { z } from 'zod'
import type { Fault } from './faults/fault.ts'
import type { Check } from './judge/checks/check.ts'
import type { LabKind } from './labs/lab.ts'
import type { LinkKind } from './link/kinds/link.ts'
import { blame } from './model/plugin.ts'
import type { BrokerKind } from './peers/brokers/broker.ts'
import type { ClientKind } from './peers/clients/client.ts'
import type { Reporter } from './reporters/reporter.ts'
import { IN_WORDS } from './text/schema-words.ts'

/** The plug-ins of one package. Each is a plain object that keeps to its contract. */
export interface PluginSet {
  /** Of the package: messages name it. */
  readonly name: string
  readonly faults?: readonly Fault[]
  readonly checks?: readonly Check[]
  readonly brokers?: readonly BrokerKind[]
  readonly clients?: readonly ClientKind[]
  readonly links?: readonly LinkKind[]
  readonly labs?: readonly LabKind[]
  readonly reporters?: readonly Reporter[]
}

/** The plug-ins of one package, typed: `export default definePlugins({ name: 'halfopen-lorawan', clients: [gateway] })`. */
export const definePlugins = (set: PluginSet): PluginSet => set

/** What halfopen brings itself, kind by kind. */
export interface Kinds {
  readonly faults: ReadonlyMap<string, Fault>
  readonly checks: ReadonlyMap<string, Check>
  readonly brokers: ReadonlyMap<string, BrokerKind>
  readonly clients: ReadonlyMap<string, ClientKind>
  readonly links: ReadonlyMap<string, LinkKind>
  readonly labs: ReadonlyMap<string, LabKind>
  readonly reporters: ReadonlyMap<string, Reporter>
}
type KindName = keyof Kinds

/** All that is wrong with a project's plug-ins, one sentence each. */
export class PluginError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'PluginError'
    this.problems = problems
  }
}

const NOUNS: Readonly<Record<KindName, string>> = {
  faults: 'fault',
  checks: 'check',
  brokers: 'broker',
  clients: 'client',
  links: 'link',
  labs: 'lab',
  reporters: 'reporter',
}
export const KIND_NAMES = Object.keys(NOUNS) as readonly KindName[]

/** As scenario files and command lines can spell it. */
const NAME = /^[a-z0-9][a-z0-9.-]*$/

const method = z.custom(value => typeof value === 'function', { error: 'has to be a function' })
const able = z.custom(value => value instanceof Set, { error: 'has to be a Set of capabilities' })
const schema = z.custom(value => typeof value === 'object' && value !== null && '_zod' in value, {
  error: 'has to be a schema of zod 4 (halfopen exports its `z`)',
})
const text = z.string({ error: 'has to be text' }).min(1, { error: 'is empty' })
const common = {
  name: text.regex(NAME, { error: 'has to be of small letters, digits, dots and dashes' }),
  summary: text.refine(line => !/[\r\n]/.test(line), { error: 'has to fit on one line' }),
}
const fileUrl = z
  .string()
  .regex(/^file:/, { error: 'has to be the URL of its module: import.meta.url' })
  .optional()
const peer = { ...common, options: schema, available: method, version: method, start: method, home: fileUrl }

/** What has to be there; the types say the rest. */
const SHAPES: Readonly<Record<KindName, z.ZodType>> = {
  faults: z.looseObject({ ...common, options: schema, on: method, off: method, holds: z.enum(['order', 'mark']) }),
  checks: z.looseObject({
    ...common,
    options: schema,
    judge: method,
    needsControl: z.enum(['all', 'pass', 'absence', 'none']),
  }),
  brokers: z.looseObject({ ...peer, can: able, protocols: z.array(z.number()).min(1) }),
  clients: z.looseObject({ ...peer, traffic: z.object({ publishing: z.boolean(), receiving: z.boolean() }) }),
  links: z.looseObject({ ...common, options: schema, can: able, start: method, home: fileUrl }),
  labs: z.looseObject({ ...common, can: able, resolutionMs: z.number().min(0), available: method, create: method }),
  reporters: z.looseObject({ ...common, begin: method }),
}

/** halfopen's own and those of the packages. Throws a `PluginError` with all that is wrong with them. */
export function joined(own: Kinds, sets: readonly PluginSet[]): Kinds {
  const problems: string[] = []
  const kinds = Object.fromEntries(KIND_NAMES.map(kind => [kind, new Map<string, Named>(own[kind])])) as {
    [kind in KindName]: Map<string, Named>
  }
  for (const [number, set] of sets.entries()) {
    const from = typeof set?.name === 'string' && set.name !== '' ? set.name : undefined
    if (from === undefined) {
      problems.push(`plugins[${number}] has to be an object with the "name" of its package`)
      continue
    }
    const known = ['name', ...KIND_NAMES]
    for (const key of Object.keys(set).filter(each => !known.includes(each)))
      problems.push(`${from}: unknown key ${JSON.stringify(key)}; allowed: ${known.join(', ')}`)
    for (const kind of KIND_NAMES) {
      const given: unknown = set[kind] ?? []
      if (!Array.isArray(given)) problems.push(`${from}: "${kind}" has to be a list`)
      else
        for (const [index, plugin] of given.entries())
          problems.push(...taken(kinds[kind], { kind, plugin, from, place: `${kind}[${index}]` }))
    }
  }
  if (problems.length > 0) throw new PluginError(problems)
  // Each was checked against its contract, as far as a running program can see it.
  return kinds as unknown as Kinds
}

interface Named {
  readonly name: string
  readonly summary: string
  readonly from?: string
}

interface Candidate {
  readonly kind: KindName
  readonly plugin: unknown
  readonly from: string
  readonly place: string
}

/** Puts it among its kind, or tells what is wrong with it. */
function taken(registry: Map<string, Named>, { kind, plugin, from, place }: Candidate): readonly string[] {
  if (!isPlain(plugin)) return [`${from}: ${place} has to be a plain object`]
  const result = SHAPES[kind].safeParse(plugin, IN_WORDS)
  if (!result.success)
    return result.error.issues.map(issue => `${from}: ${[place, ...issue.path].join('.')} ${words(issue)}`)
  const { name } = plugin as unknown as Named
  const there = registry.get(name)
  if (there) return [`${from}: the ${NOUNS[kind]} "${name}" is there already, from ${there.from ?? 'halfopen'}`]
  registry.set(name, attributed(plugin as unknown as Named, NOUNS[kind], from))
  return []
}

const words = ({ message }: { readonly message: string }): string =>
  /^(?:has|is) /.test(message) ? message : `is wrong: ${message}`

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value))

/** The same plug-in, whose errors say whose they are. */
function attributed(plugin: Named, noun: string, from: string): Named {
  const blamed = (error: unknown) => blame(noun, { name: plugin.name, from }, error)
  const told =
    (act: (...args: unknown[]) => unknown) =>
    (...args: unknown[]): unknown => {
      try {
        const result = act.apply(plugin, args)
        return result instanceof Promise ? result.catch(blamed) : result
      } catch (error) {
        return blamed(error)
      }
    }
  const members = Object.entries(plugin).map(([key, value]) => [key, typeof value === 'function' ? told(value) : value])
  return { ...Object.fromEntries(members), summary: `${plugin.summary} (of ${from})`, from }
}
