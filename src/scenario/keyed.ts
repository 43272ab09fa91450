import { z } from 'zod'
import type { Plugin } from '../model/plugin.ts'
import type { Choice } from '../model/scenario.ts'
import { refused } from '../model/schema.ts'
import { shortForm } from './named.ts'
import { strict } from './strict.ts'

/** `blackhole`, or `{ blackhole: { direction: up } }`: how a fault and a check are written. */
export function keyedChoice(
  kind: 'fault' | 'check',
  registered: Iterable<Plugin>,
  absent: Readonly<Record<string, string>> = {},
): z.ZodType<Choice> {
  const plugins = [...registered]
  const shape = { ...Object.fromEntries(plugins.map(plugin => [plugin.name, value(plugin)])), ...missing(kind, absent) }
  const full = z
    .strictObject(shape)
    .superRefine((choice, ctx) => {
      // An unknown name has been complained of already.
      if (ctx.issues.length === 0 && Object.keys(choice).length !== 1) ctx.addIssue(oneOnly(kind, Object.keys(choice)))
    })
    .meta({ minProperties: 1, maxProperties: 1 })
    .transform(toChoice)
  const whyNot = (name: unknown) =>
    typeof name === 'string' && Object.hasOwn(absent, name) ? whyAbsent(kind, name, absent[name]) : undefined
  return z.union([shortForm(plugins, name => ({ [name]: {} }), full, whyNot), full])
}

/** Names that are none, each with why. */
const missing = (kind: string, absent: Readonly<Record<string, string>>) =>
  refused(Object.fromEntries(Object.entries(absent).map(([name, why]) => [name, whyAbsent(kind, name, why)])))

const whyAbsent = (kind: string, name: string, why = ''): string => `there is no ${kind} ${name}: ${why}`

const value = (plugin: Plugin) => strict(plugin.options).describe(plugin.summary).optional()

function toChoice(chosen: Record<string, unknown>): Choice {
  const [name = '', options] = Object.entries(chosen)[0] ?? []
  return { name, options: (options ?? {}) as Choice['options'] }
}

const oneOnly = (kind: string, names: readonly string[]): string =>
  names.length === 0
    ? `this map is empty: it has to name one ${kind}`
    : `one ${kind} at a time, not ${names.length} (${names.join(', ')}): give each an entry of its own`
