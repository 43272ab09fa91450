import { z } from 'zod'
import { DURATION_PATTERN } from '../../model/duration.ts'
import { styleFor } from '../../reporters/reporter.ts'
import { scenarioJsonSchema } from '../../scenario/scenario-schema.ts'
import { type ReadScenarios, readScenarios } from '../../terminal/choose.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { theCatalog } from '../../terminal/project.ts'
import { complain, say } from '../../terminal/say.ts'
import { currentLook } from '../../terminal/terminal.ts'
import { harmless } from '../../text/harmless.ts'
import { harmlessJson } from '../../text/json.ts'
import { hang, indent, wrap } from '../../text/layout.ts'
import { CATALOG, type Entry, scenarioEntries } from './catalog.ts'
import { KINDS, type Kind, type ListOptions } from './kinds.ts'

const MORE = 'With their options: halfopen list --faults, or another of these kinds.\n'

/** `halfopen list`: the kinds that were named, or all of them. Its exit code. */
export async function listEverything(files: readonly string[], options: ListOptions): Promise<number> {
  if (options.schema) {
    say(`${JSON.stringify(scenarioJsonSchema(theCatalog().vocabulary), null, 2)}\n`)
    return EXIT.pass
  }
  const named = KINDS.filter(kind => options[kind])
  if (files.length > 0 && named.length > 0 && !named.includes('scenarios'))
    throw new Complaint(
      `error: files are for --scenarios: ${named.map(kind => `--${kind}`).join(' and ')} can't be listed from ${files.join(', ')}`,
      EXIT.usage,
    )
  const kinds = named.length > 0 ? named : files.length > 0 ? (['scenarios'] as const) : KINDS
  const read: ReadScenarios = kinds.includes('scenarios') ? await readScenarios(files) : { scenarios: [] }
  const entriesOf = async (kind: Kind): Promise<readonly Entry[]> =>
    kind === 'scenarios' ? scenarioEntries(read.scenarios, process.cwd()) : CATALOG[kind]()
  const lists = await Promise.all(kinds.map(async kind => [kind, await entriesOf(kind)] as const))
  // All of everything with its options would be more than a thousand lines.
  const brief = named.length === 0 && files.length === 0
  const look = { ...currentLook(), brief }
  say(
    options.json
      ? `${harmlessJson(Object.fromEntries(lists), 2)}\n`
      : [...lists.map(([kind, entries]) => listText(kind, harmless(entries), look)), ...(brief ? [MORE] : [])].join(
          '\n',
        ),
  )
  if (read.unreadable === undefined) return EXIT.pass
  complain(read.unreadable)
  return EXIT.unreadable
}

/** One kind under its heading; `brief`: without options and facts. */
export function listText(
  kind: string,
  entries: readonly Entry[],
  { width, color, brief = false }: { width: number; color: boolean; brief?: boolean },
): string {
  const style = styleFor(color)
  const blocks = entries.map(entry => {
    const lead = `  ${style.bold(entry.name)}  `
    const { available } = entry
    const told = brief ? { name: entry.name, summary: entry.summary, ...(available && { available }) } : entry
    const lines = details(told, style.yellow).map(line => bulleted(line, width))
    return [hang(lead, entry.summary, width), ...lines].join('\n')
  })
  return `${style.bold(style.underline(kind))}\n${blocks.join('\n')}\n`
}

/** A further line of a detail stands a little more to the right than its first. */
const bulleted = (text: string, width: number): string => {
  const [first = '', ...rest] = wrap(text, width - FURTHER)
  return indent([first, ...rest.map(line => `  ${line}`)].join('\n'), FURTHER - 2)
}
const FURTHER = 8

function details({ options, facts, available }: Entry, warn: (text: string) => string): string[] {
  const lines = options ? optionTexts(options) : []
  for (const [fact, value] of Object.entries(facts ?? {})) {
    const text = Array.isArray(value) ? value.join(', ') : String(value)
    if (text !== '') lines.push(`${fact}: ${text}`)
  }
  if (available && available !== true) {
    lines.push(
      warn(`not usable here: ${available.reason}${available.remedy ? `; to add it: ${available.remedy}` : ''}`),
    )
  }
  return lines
}

/** The parts of JSON Schema that our plug-ins' options come to. */
const node = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  pattern: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  default: z.unknown().optional(),
  description: z.string().optional(),
  not: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  items: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
})
type Node = z.infer<typeof node>

/** `after: duration (default 1K)`: one text per option. Empty where there are none, or any. */
export function optionTexts(schema: object): string[] {
  const object = objectIn(node.parse(schema))
  if (!object?.properties) return []
  // What is known only to be refused is no option.
  const offered = Object.entries(object.properties).filter(([, value]) => node.parse(value).not === undefined)
  return offered.map(([name, value]) => {
    const option = node.parse(value)
    return `${name}: ${typeText(option)}${suffix(option, object.required?.includes(name) === true)}`
  })
}

/** A short form may stand beside the full one. */
function objectIn(schema: Node): Node | undefined {
  if (schema.properties) return schema
  return schema.anyOf?.map(choice => objectIn(node.parse(choice))).find(found => found !== undefined)
}

function typeText(schema: Node): string {
  if (schema.enum) return schema.enum.map(String).join(' | ')
  if (schema.const !== undefined) return String(schema.const)
  if (schema.anyOf) return [...new Set(schema.anyOf.map(choice => typeText(node.parse(choice))))].join(' | ')
  if (schema.pattern === DURATION_PATTERN) return 'duration'
  if (schema.type === 'array') return `list of ${schema.items ? typeText(node.parse(schema.items)) : 'anything'}`
  if (schema.type === 'integer' || schema.type === 'number') return numberText(schema)
  return [schema.type ?? 'anything'].flat().join(' | ')
}

/** zod gives every integer the bounds of what JavaScript can count. */
function numberText({ type, minimum, maximum }: Node): string {
  const from = minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? '' : ` from ${minimum}`
  const to = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? '' : ` to ${maximum}`
  return `${type === 'integer' ? 'whole number' : 'number'}${from}${to}`
}

function suffix({ default: preset, description, pattern }: Node, required: boolean): string {
  const fallback =
    preset === undefined ? '' : ` (default ${typeof preset === 'string' ? preset : JSON.stringify(preset)})`
  const need = required && preset === undefined ? ' (required)' : ''
  // `duration` says it, and the command's help tells how one is written.
  const known = description === undefined || (pattern === DURATION_PATTERN && /^a duration/.test(description))
  return `${fallback}${need}${known ? '' : `: ${description}`}`
}
