import { z } from 'zod'

/**
 * A key that was written flat and stands in a map: `will_delay` is `will: { delay: ... }`, `publishing-qos` is
 * `publishing: { qos: ... }`. `undefined` where no such one is known.
 */
export function nestedAs(key: string, shape: z.ZodRawShape): string | undefined {
  const wanted = squeezed(key)
  for (const [outer, schema] of Object.entries(shape)) {
    if (!wanted.startsWith(squeezed(outer))) continue
    const inner = innerKeys(schema).find(name => squeezed(outer + name) === wanted)
    if (inner !== undefined) return `${outer}: { ${inner}: ... }`
  }
  return undefined
}

/** The name that is written with other capitals, dashes or underscores. */
export const sameAs = (key: string, names: readonly string[]): string | undefined =>
  names.find(name => squeezed(name) === squeezed(key))

const squeezed = (name: string): string => name.replaceAll(/[-_ ]/g, '').toLowerCase()

/** Keys of the map that a schema takes, whatever it is wrapped in. */
function innerKeys(schema: unknown): readonly string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape)
  if (schema instanceof z.ZodPipe) return innerKeys(schema.in)
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(innerKeys)
  const wrapped = schema instanceof z.ZodType && 'innerType' in schema.def ? schema.def.innerType : undefined
  return wrapped === undefined ? [] : innerKeys(wrapped)
}
