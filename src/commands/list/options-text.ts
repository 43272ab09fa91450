import { z } from 'zod'
import { DURATION_PATTERN } from '../../model/duration.ts'

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
