import { z } from 'zod'
import { countConnections } from '../../evidence/connection.ts'
import { inK, plural, tally } from '../../text/words.ts'
import type { Check } from './check.ts'
import { type Loss, lossesOf } from './ending.ts'
import { inconclusive } from './window.ts'

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

/**
 * A connection that the client left, with DISCONNECT and with nothing unanswered, is no loss. One that it just closed, with nothing
 * unanswered, is one that there should not be, and none that proves anything: it counts towards `max` and not towards `min`.
 */
export const flaps: Check<FlapsParams> = {
  name: 'flaps',
  summary: 'the client loses an established connection at most `max` times (default 0), and at least `min` times',
  options,
  label: 'flaps as allowed',
  needsControl: 'absence',
  judge({ min = 0, max = min > 0 ? Infinity : 0 }, history) {
    const { connections, endMs, keepaliveMs } = history
    const established = connections.filter(({ establishedMs }) => establishedMs !== undefined)
    const sinceMs = established[0]?.establishedMs
    if (sinceMs === undefined) return inconclusive('no CONNACK reached the client')
    const ends = lossesOf(history)
    const losses = ends.filter(({ how }) => how !== 'left')
    const suffered = losses.filter(({ how }) => how !== 'closed')
    const [lostCount, sufferedCount] = [losses, suffered].map(countOf) as [number, number]
    const allowed = min === 0 || min === max ? `${max}` : `${min} to ${max === Infinity ? 'any number' : max}`
    const lost = `${lostCount} of ${plural(countConnections(established), 'connection')} lost in ${inK(endMs - sinceMs, keepaliveMs)}`
    const reason = `${lost}${howLost(ends)}; allowed ${allowed}`
    const result = lostCount > max || sufferedCount < min ? 'fail' : 'pass'
    return { result, sinceMs, seenMs: losses[max]?.atMs ?? null, window: null, reason }
  },
}

const countOf = (losses: readonly Loss[]): number => countConnections(losses.map(({ connection }) => connection))

const HOW: Readonly<Record<Loss['how'], string>> = {
  ended: 'by the broker or on the way',
  'gave-up': 'given up by the client',
  closed: 'closed by the client with nothing unanswered',
  left: 'not lost but left by the client with DISCONNECT',
}

/** How they went, where it is not all one; and why, as far as the first one tells. */
function howLost(ends: readonly Loss[]): string {
  const [first, ...rest] = ends
  if (!first) return ''
  const why = first.why === undefined ? '' : `; the first at ${inK(first.atMs, 0)}: ${first.why}`
  const plain = ends.every(({ how }) => how === 'ended')
  if (plain) return why
  const each = [first, ...rest].map(loss => [HOW[loss.how], countOf([loss])] as const)
  return ` (${tally(each).join(', ')})${why}`
}
