import { z } from 'zod'
import { type Duration, formatDuration, resolveDuration } from '../../model/duration.ts'
import { duration } from '../../model/schema.ts'
import type { Window } from '../../model/verdict.ts'
import { seconds } from '../../text/words.ts'
import { stormOf, stormWords } from '../crowd-figures.ts'
import type { Check, Finding } from './check.ts'
import { inconclusive } from './window.ts'

interface StormParams {
  readonly peak?: number | undefined
  readonly 'back-within'?: Duration | undefined
}

const options: z.ZodType<StormParams> = z.strictObject({
  peak: z.int().min(1).optional().describe('the most CONNECT packets that may reach the broker within one second'),
  'back-within': duration
    .optional()
    .describe('all clients must be connected again so soon after the way is open; absent: by the end of the run'),
})

/** Clients that are cut together come back together: what a broker has to bear then, and how long it takes until all are served. */
export const storm: Check<StormParams> = {
  name: 'storm',
  summary:
    'clients that lost their connections together are all back in time, and do not flood the broker with CONNECT',
  options,
  label: 'all back',
  needsControl: 'all',
  whole: true,
  actors: ['link', 'broker'],
  judge({ peak: allowed, 'back-within': within }, { crowd, marks, endMs, keepaliveMs }) {
    const found = stormOf(crowd(), marks)
    if (!found) return inconclusive('no fault took hold')
    const { before, fewest, openMs, stepMs, peak, peakMost, peakMs, allMs, missing } = found
    if (fewest >= before)
      return inconclusive('no client lost its connection, so none had to come back', { sinceMs: openMs })
    const window = within ? windowOf(within, keepaliveMs) : null
    const words = stormWords(found)
    const finding: Finding = {
      result: 'pass',
      sinceMs: openMs,
      seenMs: allMs === undefined ? null : Math.max(openMs, allMs),
      ...(allMs !== undefined && { minusMs: stepMs }),
      window,
      reason: words,
    }
    if (allowed !== undefined && peak > allowed)
      return {
        ...finding,
        result: 'fail',
        seenMs: peakMs + 1000,
        window: null,
        reason: `${peak} CONNECT in one second, ${allowed} are allowed; ${words}`,
      }
    if (allowed !== undefined && peakMost > allowed)
      return {
        ...finding,
        result: 'inconclusive',
        blame: 'harness',
        reason: `counts are kept in steps of ${seconds(stepMs)}, and ${allowed} CONNECT in one second lie within what that leaves open; ${words}`,
      }
    const limitMs = window?.latestMs ?? endMs - openMs
    if (allMs === undefined && endMs - openMs < limitMs)
      return {
        ...finding,
        result: 'inconclusive',
        reason: `the run ended ${seconds(endMs - openMs)} after the way was open, before the ${seconds(limitMs)} were over; ${words}`,
      }
    if (allMs === undefined)
      return {
        ...finding,
        watchedMs: endMs,
        result: 'fail',
        reason: `${missing} of ${before} clients are not back; ${words}`,
      }
    const lateMs = allMs - openMs - limitMs
    return lateMs > 0
      ? { ...finding, result: 'fail', reason: `the last client was back ${seconds(lateMs)} too late; ${words}` }
      : finding
  },
}

const windowOf = (within: Duration, keepaliveMs: number): Window => ({
  earliestMs: 0,
  latestMs: resolveDuration(within, keepaliveMs),
  origin: 'scenario',
  source: `${formatDuration(within)}, scenario`,
})
