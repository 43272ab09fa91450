import { z } from 'zod'
import { DURATION_EXAMPLES, DURATION_PATTERN, type Duration, parseDuration } from './duration.ts'

const BARE_NUMBER = /^\d+(\.\d+)?$/
const BARE_UNIT = /^(ms|s|m|h|K)$/
/** Longer ones are no slip. */
const LONGEST_SLIP = 40

/** What a duration lacks that is a number or has units alone: `2`, `K`, `K + 2s`. */
function lacking(text: string): string | undefined {
  if (text.length > LONGEST_SLIP) return undefined
  if (BARE_NUMBER.test(text.trim())) return `${text.trim()} has no unit: write ${text.trim()}s`
  const terms = text.split(/([+-])/).map(term => term.trim())
  const unit = terms.find(term => BARE_UNIT.test(term))
  const meant = terms.map((term, index) => (index % 2 === 1 ? ` ${term} ` : term.replace(BARE_UNIT, '1$1'))).join('')
  return unit !== undefined && parseDuration(meant) ? `${unit} has no number: write ${meant}` : undefined
}

/** Says what is wrong with what stands where a duration should; nothing at all is for the reader of the file to name. */
function durationError({ input }: { readonly input?: unknown }): string | undefined {
  if (input === undefined || input === null) return undefined
  const text = typeof input === 'object' ? `a ${Array.isArray(input) ? 'list' : 'map'}` : String(input)
  // The usual slip: YAML reads `keepalive: 2` as a number.
  return (
    lacking(text) ??
    `${typeof input === 'string' ? JSON.stringify(input) : text} is not a duration; write it like ${DURATION_EXAMPLES}`
  )
}

/** A duration in a scenario file; parsed, still in units of K. */
export const duration = z
  .string({ error: durationError })
  .regex(new RegExp(DURATION_PATTERN), { error: durationError })
  .transform((text): Duration => parseDuration(text) ?? { ms: 0, k: 0 })
  .meta({
    description: `a duration, such as ${DURATION_EXAMPLES}; K is the keep-alive in force`,
    patternErrorMessage: `not a duration; write it like ${DURATION_EXAMPLES}`,
  })

/** One that may not be zero; `what` it is, with its article, is for the message. */
export const longerThanNothing = (what: string) =>
  duration.refine(({ ms, k }) => ms !== 0 || k !== 0, { error: `${what} has to be longer than nothing` })

/** What may be wrong with a certificate that a client is shown, and in what other ways a handshake of TLS may fail. */
export const CERTIFICATE_FLAWS = ['expired', 'not-yet-valid', 'wrong-name', 'unknown-ca'] as const
export const HANDSHAKE_WAYS = ['stall', 'close', 'reset', ...CERTIFICATE_FLAWS] as const

export const direction = z.enum(['up', 'down', 'both'])
export const side = z.enum(['client', 'broker'])
export const sides = z.enum(['client', 'broker', 'both'])
export const qos = z.union([z.literal(0), z.literal(1), z.literal(2)])

/** Of a peer that does not do the same in all its versions. */
export const version = z
  .string({ error: "a version is text, like '2.0.11': as a number it would lose its end" })
  .regex(/^\d+\.\d+\.\d+$/, 'a version is like 2.0.11')
  .describe('the version that is meant: a model plays it, a real one has to be it; absent: what this machine has')

/** Of a broker that this machine starts. */
export const websocket = z
  .boolean()
  .exactOptional()
  .describe('it listens for MQTT over WebSockets (subprotocol mqtt), and clients come so')

/** A packet has at most 268,435,455 bytes after its fixed header (MQTT 3.1.1 §2.2.3, 5.0 §1.5.5); topic and properties need their part. */
const LARGEST_PAYLOAD = 268_000_000

/** Bytes of a message. */
export const payloadSize = z.int().min(0).max(LARGEST_PAYLOAD)

/** Keys that are known and can't be taken, each with what to do instead. Editors do not offer them. */
export const refused = (reasons: Readonly<Record<string, string>>): Record<never, never> =>
  Object.fromEntries(
    Object.entries(reasons).map(([key, error]) => [key, z.never({ error: () => error }).exactOptional()]),
  )

/** Whether a key of an object schema is one of those. */
export function isRefused(schema: unknown): boolean {
  let inner = schema
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodExactOptional) inner = inner.unwrap()
  return inner instanceof z.ZodNever
}
