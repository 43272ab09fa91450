import { z } from 'zod'
import type { ClockOrder, Fault } from './fault.ts'

const options = z.strictObject({
  peer: z.enum(['broker', 'client']).default('client'),
  percent: z
    .number()
    .min(-50)
    .max(100)
    .refine(percent => percent !== 0, 'a drift of 0 is none')
    .describe(
      'how much faster its clocks run; negative: slower. A quartz is out by 0.01, a bad oscillator by some percent',
    ),
})
type Params = z.infer<typeof options>

const drifting = ({ peer }: Params, percent: number): ClockOrder => ({
  to: peer,
  do: 'set-clock',
  percent,
  wall: false,
})

/** Its oscillator is out: both clocks, and so all that it waits for. */
export const clockDrift: Fault<Params> = {
  name: 'clock-drift',
  summary: "the peer's clocks run too fast or too slow",
  options,
  holds: 'order',
  on: params => [drifting(params, params.percent)],
  off: params => [drifting(params, 0)],
}
