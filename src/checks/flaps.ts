import { z } from 'zod'
import { lostMs } from '../evidence/connection.ts'
import type { Check } from './check.ts'
import { inconclusive } from './window.ts'
import { inK, plural } from './words.ts'

interface FlapsParams {
  readonly max?: number
}

export const flaps: Check<FlapsParams> = {
  name: 'flaps',
  summary: 'the client loses an established connection at most `max` times (default 0)',
  options: z.strictObject({ max: z.int().min(0).default(0).describe('how many losses are allowed') }),
  needsControl: 'pass',
  judge({ max = 0 }, { connections, endMs, keepaliveMs }) {
    const established = connections.filter(({ establishedMs }) => establishedMs !== undefined)
    const sinceMs = established[0]?.establishedMs
    if (sinceMs === undefined) return inconclusive('no CONNACK reached the client')
    const losses = established.map(lostMs).filter(atMs => atMs !== undefined)
    const reason = `${losses.length} of ${plural(established.length, 'connection')} lost in ${inK(endMs - sinceMs, keepaliveMs)}; allowed ${max}`
    return { result: losses.length > max ? 'fail' : 'pass', sinceMs, seenMs: losses[max] ?? null, window: null, reason }
  },
}
