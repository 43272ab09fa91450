import { distance } from 'fastest-levenshtein'
import { z } from 'zod'
import type { Plugin } from '../model/plugin.ts'
import type { Choice } from '../model/scenario.ts'
import { refused } from '../model/schema.ts'
import { nearest } from '../text/nearest.ts'
import { UNWORDED } from './issues.ts'

/** What a choice of a broker, client or link comes to: our own keys taken off, the rest for the plug-in. */
interface Named<Own> {
  readonly name: string
  readonly own: Own
  readonly options: Readonly<Record<string, unknown>>
}

interface NamedRules<P extends Plugin, Shape extends z.ZodRawShape> {
  readonly plugins: Iterable<P>
  /** Keys of ours that stand beside the plug-in's own. */
  readonly own: (plugin: P) => Shape
  /** Taken where a map names none. */
  readonly fallback?: string
}

/**
 * `aedes`, or `{ name: aedes, ...own keys, ...the plug-in's options }`.
 *
 * Our keys and the plug-in's stand in one map and are checked as one, so that all problems come at once and editors
 * see one object. That is why the options of a broker, client or link have to be an object schema.
 */
export function namedChoice<P extends Plugin, Shape extends z.ZodRawShape>(
  rules: NamedRules<P, Shape>,
): z.ZodType<Named<z.output<z.ZodObject<Shape>>>> {
  const plugins = [...rules.plugins]
  const [first, ...others] = plugins.map(plugin => form(plugin, rules))
  if (!first) throw new TypeError('there is nothing to choose from')
  const full = z.discriminatedUnion('name', [first, ...others])
  return z.union([shortForm(plugins, name => ({ name }), full), full])
}

/** A name alone. It stands for a full form without options; editors are offered only those that need none. */
function shortForm<T>(
  plugins: readonly Plugin[],
  expand: (name: string) => unknown,
  full: z.ZodType<T>,
  whyNot: (name: unknown) => string | undefined = () => undefined,
) {
  const alone = plugins.filter(({ name }) => full.safeParse(expand(name)).success)
  const offered = { enum: alone.map(({ name }) => name), enumDescriptions: alone.map(({ summary }) => summary) }
  return z
    .enum(
      plugins.map(({ name }) => name),
      { error: ({ input }) => whyNot(input) },
    )
    .meta(alone.length > 0 ? offered : { not: {} })
    .transform(expand)
    .pipe(full)
}

/** The options alone, as a plug-in takes them outside of a scenario. */
export const optionsAlone = (plugin: Plugin): z.ZodType => {
  const schema = optionsOf(plugin)
  return schema.superRefine((given, context) =>
    refuseSlips(Object.keys(given), schema.shape, plugin.furtherKeys, context),
  )
}

function form<P extends Plugin, Shape extends z.ZodRawShape>(plugin: P, { own, fallback }: NamedRules<P, Shape>) {
  const ours = own(plugin)
  const name = z.literal(plugin.name)
  const keys = { name: plugin.name === fallback ? name.optional() : name, ...ours }
  const schema = optionsOf(plugin).safeExtend(keys)
  return schema
    .superRefine((given, context) => refuseSlips(Object.keys(given), schema.shape, plugin.furtherKeys, context))
    .meta({ title: plugin.name, description: plugin.summary })
    .transform(whole => split(plugin.name, whole, ours))
}

/** Where further keys are taken, one that does not look like them, or is a letter or two off a known one, is a slip. */
function refuseSlips(
  given: readonly string[],
  shape: z.ZodRawShape,
  further: RegExp | undefined,
  context: z.RefinementCtx,
): void {
  for (const key of given.filter(each => !Object.hasOwn(shape, each))) {
    const meant = nearest(key, Object.keys(shape))
    const isSlip = further ? !further.test(key) : meant !== undefined && distance(key, meant) <= 2
    if (isSlip) context.addIssue({ code: 'custom', path: [key], message: UNWORDED, params: { shape } })
  }
}

function split<Shape extends z.ZodRawShape>(
  name: string,
  { name: _, ...rest }: Record<string, unknown>,
  ours: Shape,
): Named<z.output<z.ZodObject<Shape>>> {
  const isOurs = ([key]: [string, unknown]) => Object.hasOwn(ours, key)
  const own = Object.fromEntries(Object.entries(rest).filter(isOurs))
  const options = Object.fromEntries(Object.entries(rest).filter(entry => !isOurs(entry)))
  // Checked by the schema a moment ago, which was built from the same shape.
  return { name, own: own as z.output<z.ZodObject<Shape>>, options }
}

function optionsOf(plugin: Plugin): z.ZodObject {
  const options = strict(plugin.options)
  if (options instanceof z.ZodObject) return options
  throw new TypeError(`the options of ${plugin.name} have to be an object schema, since its name stands among them`)
}

/** An object schema that would silently drop unknown keys refuses them instead; a loose one stays loose. */
function strict(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodObject && schema.def.catchall === undefined ? schema.strict() : schema
}

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
