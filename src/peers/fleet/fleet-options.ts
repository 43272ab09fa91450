import { z } from 'zod'
import type { Duration } from '../../model/duration.ts'
import { duration } from '../../model/schema.ts'
import { clientProfiles } from '../models/clients/index.ts'

/** How devices that lost their connection come back. */
export interface FleetBackoff {
  readonly firstMs: number
  readonly factor: number
  readonly mostMs: number
  /** 0: all alike; 1: anything from nothing to twice as long. */
  readonly jitter: number
}

const profiles = [...new Set(clientProfiles.map(({ name }) => name))] as [string, ...string[]]

const wait = duration.refine(({ k }) => k === 0, {
  error: 'the wait before a reconnect is counted in seconds, not in K',
})

const backoff = z.strictObject({
  first: wait.optional().describe("the wait before the first attempt; default: the library's"),
  factor: z
    .number()
    .min(1)
    .max(10)
    .optional()
    .describe("how many times longer each further wait is; default: the library's"),
  most: wait.optional().describe("the longest wait; default: the library's"),
  jitter: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('how much of each wait is chance: 0 none (default), 1 from nothing to twice as long'),
})

export const options = z.strictObject({
  like: z.enum(profiles).describe('the library whose keep-alive and reconnects its devices have'),
  reconnect: z
    .union([z.boolean(), backoff])
    .optional()
    .describe(
      'whether and how devices come back: false, or { first, factor, most, jitter }; default: as the library does, without jitter',
    ),
  rate: z
    .int()
    .min(1)
    .max(100_000)
    .default(1000)
    .describe('how many devices connect in a second before the run begins'),
})
export type FleetOptions = z.infer<typeof options>

/** For a library that by itself stays away, where the scenario wants it back: as in the models of single clients. */
const DEFAULT: Omit<FleetBackoff, 'jitter'> = { firstMs: 1000, factor: 2, mostMs: 60_000 }

export const profileOf = ({ like }: Pick<FleetOptions, 'like'>) => {
  const profile = clientProfiles.find(({ name }) => name === like)
  if (!profile) throw new Error(`there is no model of ${like}`)
  return profile
}

/** `undefined`: they stay away. */
export function backoffOf(given: FleetOptions): FleetBackoff | undefined {
  const { reconnect } = given
  const own = profileOf(given).reconnect
  if (reconnect === false || (reconnect === undefined && !own)) return undefined
  const byDefault = own ?? DEFAULT
  const asked = typeof reconnect === 'object' ? reconnect : {}
  const ms = (length: Duration | undefined, otherwise: number) => length?.ms ?? otherwise
  const firstMs = ms(asked.first, byDefault.firstMs)
  return {
    firstMs,
    factor: asked.factor ?? byDefault.factor,
    mostMs: Math.max(firstMs, ms(asked.most, byDefault.mostMs)),
    jitter: asked.jitter ?? 0,
  }
}
