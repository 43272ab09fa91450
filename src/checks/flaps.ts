import { z } from 'zod'
import { lostMs } from '../evidence/connection.ts'
import type { Check } from './check.ts'
import { inconclusive } from './window.ts'
import { inK, plural } from './words.ts'

interface FlapsParams {
  readonly min?: number | undefined
  readonly max?: number | undefined
}

const count = z.int().min(0)
const options: z.ZodType<FlapsParams> = z
  .strictObject({
    min: count.optional().describe('how many losses there must be (default 0)'),
    max: count.optional().describe('how many losses are allowed (default 0, or any number where `min` is given)'),
  })
  .refine(({ min = 0, max = Infinity }) => min <= max, { error: 'min is more than max', path: ['min'] })

export const flaps: Check<FlapsParams> = {
  name: 'flaps',
  summary: 'the client loses an established connection at most `max` times (default 0), and at least `min` times',
  options,
  needsControl: 'pass',
  judge({ min = 0, max = min > 0 ? Infinity : 0 }, { connections, endMs, keepaliveMs }) {
    const established = connections.filter(({ establishedMs }) => establishedMs !== undefined)
    const sinceMs = established[0]?.establishedMs
    if (sinceMs === undefined) return inconclusive('no CONNACK reached the client')
    const losses = established.map(lostMs).filter(atMs => atMs !== undefined)
    const allowed = min === 0 || min === max ? `${max}` : `${min} to ${max === Infinity ? 'any number' : max}`
    const reason = `${losses.length} of ${plural(established.length, 'connection')} lost in ${inK(endMs - sinceMs, keepaliveMs)}; allowed ${allowed}`
    const result = losses.length > max || losses.length < min ? 'fail' : 'pass'
    return { result, sinceMs, seenMs: losses[max] ?? null, window: null, reason }
  },
}
