import { z } from 'zod'
import { parseDuration } from '../model/duration.ts'
import type { ClockOrder, Fault } from './fault.ts'

const EXAMPLES = '+1h, -30s'

const STEP = /^[+-]?\s*\d+(\.\d+)?(ms|s|m|h)$/

/** Forwards or back, in milliseconds. */
const by = z
  .string({ error: `a step is written like ${EXAMPLES}` })
  .regex(STEP, `a step is written like ${EXAMPLES}; without a sign it is forwards`)
  .transform(text => {
    const ms = parseDuration(text.replace(/^[+-]/, '').trim())?.ms ?? 0
    return text.startsWith('-') ? -ms : ms
  })
  .describe('how far, forwards or back: +1h, -30s; forwards without a sign')

const options = z.strictObject({
  peer: z.enum(['broker', 'client']).default('client'),
  by,
  clocks: z
    .enum(['wall', 'all'])
    .default('wall')
    .describe(
      'wall: the date alone, as NTP or a user sets it; all: the monotonic clock too, which only a faulty machine does',
    ),
})
type Params = z.infer<typeof options>

const stepped = ({ peer, clocks }: Params, byMs: number): ClockOrder => ({
  to: peer,
  do: 'set-clock',
  byMs,
  wall: clocks === 'wall',
})

/** What NTP does to a device that boots in 1970, and a user to a laptop. A keep-alive must go by a clock that nobody sets. */
export const clockStep: Fault<Params> = {
  name: 'clock-step',
  summary: "the peer's clock is set, and set back when lifted",
  options,
  holds: 'order',
  on: params => [stepped(params, params.by)],
  off: params => [stepped(params, -params.by)],
}
