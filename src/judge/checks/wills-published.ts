import { z } from 'zod'
import { type Duration, resolveDuration } from '../../model/duration.ts'
import { duration } from '../../model/schema.ts'
import { plural, seconds } from '../../text/words.ts'
import { clause } from '../../timing/spec.ts'
import { willFlood } from '../crowd-figures.ts'
import type { Check } from './check.ts'
import { inconclusive } from './window.ts'

interface WillsParams {
  readonly within?: Duration | undefined
}

/** A flood of wills takes its time; in a broker that is well none waits for this long. */
const WITHIN_MS = 5000

const options: z.ZodType<WillsParams> = z.strictObject({
  within: duration
    .optional()
    .describe('how long after the end of its connection each will may be on its way (default 5s)'),
})

/**
 * As `will-published`, of all clients at once: when thousands are lost together, their wills are a flood of their own, and a broker may
 * drop what a subscriber does not take fast enough (`max_queued_messages` of Mosquitto: 1000).
 */
export const willsPublished: Check<WillsParams> = {
  name: 'wills-published',
  dialect: 'mqtt',
  summary: 'of clients that are lost together every will reaches the witness, and none of a client that was not lost',
  options,
  label: 'wills',
  needsControl: 'all',
  whole: true,
  judge({ within }, { crowd, marks, endMs, keepaliveMs, protocol, scenario, slackMs = 0 }) {
    if ((scenario.client.will?.delayS ?? 0) > 0)
      return inconclusive(
        'with a Will Delay Interval a client that comes back in time cancels its will, and which did is not counted',
      )
    if (marks.some(({ what }) => what === 'killed'))
      return inconclusive('the broker was killed by the scenario, and one that dies publishes no will')
    const clients = crowd()
    const { due, maybe, seen, lagMs, missingSinceMs } = willFlood(clients)
    const coarseMs = 2 * clients.stepMs
    if (due === 0 && seen === 0) return inconclusive('no connection ended without DISCONNECT, so no will was due')
    const limitMs = within ? resolveDuration(within, keepaliveMs) : WITHIN_MS + slackMs
    const all = `${seen} wills reached the witness, ${due} were due (${clause('will', protocol)})`
    const placed = { sinceMs: 0, seenMs: null, window: null }
    if (seen > due + maybe)
      return { ...placed, result: 'fail', reason: `${all}: ${plural(seen - due - maybe, 'client')} had not been lost` }
    if (missingSinceMs !== undefined) {
      const waitedMs = endMs - missingSinceMs
      const lack = `${all}; one that is missing was due ${seconds(waitedMs)} before the end`
      return { ...placed, sinceMs: missingSinceMs, result: waitedMs > limitMs ? 'fail' : 'inconclusive', reason: lack }
    }
    const overMs = (lagMs ?? 0) - limitMs
    const reason = `${all}, the slowest ${seconds(lagMs ?? 0)} (or up to ${seconds(coarseMs)} less) after the end of its connection; allowed ${seconds(limitMs)}`
    if (overMs > 0 && overMs < coarseMs) return { ...placed, result: 'inconclusive', blame: 'harness', reason }
    return { ...placed, result: overMs > 0 ? 'fail' : 'pass', reason }
  },
}
