import { z } from 'zod'

/** An object schema that would silently drop unknown keys refuses them instead; a loose one stays loose. */
export function strict(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodObject && schema.def.catchall === undefined ? schema.strict() : schema
}
