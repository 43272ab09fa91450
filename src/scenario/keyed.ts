import { z } from 'zod'
import type { Plugin } from '../model/plugin.ts'
import type { Choice } from '../model/scenario.ts'
import { shortForm } from './named.ts'
import { strict } from './strict.ts'

/** `blackhole`, or `{ blackhole: { direction: up } }`: how a fault and a check are written. */
export function keyedChoice(kind: 'fault' | 'check', registered: Iterable<Plugin>): z.ZodType<Choice> {
  const plugins = [...registered]
  const shape = Object.fromEntries(plugins.map(plugin => [plugin.name, value(plugin)]))
  const full = z
    .strictObject(shape)
    .superRefine((choice, ctx) => {
      // An unknown name has been complained of already.
      if (ctx.issues.length === 0 && Object.keys(choice).length !== 1) ctx.addIssue(oneOnly(kind, Object.keys(choice)))
    })
    .meta({ minProperties: 1, maxProperties: 1 })
    .transform(toChoice)
  return z.union([shortForm(plugins, name => ({ [name]: {} }), full), full])
}

const value = (plugin: Plugin) => strict(plugin.options).describe(plugin.summary).optional()

function toChoice(chosen: Record<string, unknown>): Choice {
  const [name = '', options] = Object.entries(chosen)[0] ?? []
  return { name, options: (options ?? {}) as Choice['options'] }
}

const oneOnly = (kind: string, names: readonly string[]): string =>
  names.length === 0
    ? `this map is empty: it has to name one ${kind}`
    : `one ${kind} at a time, not ${names.length} (${names.join(', ')}): give each an entry of its own`
