import { distance } from 'fastest-levenshtein'
import { z } from 'zod'
import type { Plugin } from '../model/plugin.ts'
import { nearest } from '../text/nearest.ts'
import { UNWORDED } from './issues.ts'
import { strict } from './strict.ts'

/** What a choice of a broker, client or link comes to: our own keys taken off, the rest for the plug-in. */
export interface Named<Own> {
  readonly name: string
  readonly own: Own
  readonly options: Readonly<Record<string, unknown>>
}

export interface NamedRules<P extends Plugin, Shape extends z.ZodRawShape> {
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
export function shortForm<T>(
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
