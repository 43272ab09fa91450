import { z } from 'zod'
import { DURATION_EXAMPLES, DURATION_PATTERN, type Duration, parseDuration } from './duration.ts'

/** A duration in a scenario file; parsed, still in units of K. */
export const duration = z
  .string()
  .regex(new RegExp(DURATION_PATTERN), { message: `not a duration; write it like ${DURATION_EXAMPLES}` })
  .transform((text): Duration => parseDuration(text) ?? { ms: 0, k: 0 })

export const direction = z.enum(['up', 'down', 'both'])
export const side = z.enum(['client', 'broker'])
export const sides = z.enum(['client', 'broker', 'both'])
export const qos = z.union([z.literal(0), z.literal(1), z.literal(2)])
