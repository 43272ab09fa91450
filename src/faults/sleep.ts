import { z } from 'zod'
import type { Fault, Order } from './fault.ts'

const options = z.strictObject({
  peer: z.enum(['client']).default('client'),
  clocks: z
    .enum(['stopped', 'running'])
    .default('stopped')
    .describe(
      'stopped: they count nothing of it, as in a device without a clock of its own; running: both went on meanwhile',
    ),
})
type Params = z.infer<typeof options>

/**
 * A device that sleeps and wakes. On Linux a monotonic clock counts nothing of a suspend (clock_gettime(2), CLOCK_MONOTONIC), so a keep-alive
 * timer that goes by it begins again where it stood: to the program no time has passed, and the broker has long dropped it.
 */
export const sleep: Fault<Params> = {
  name: 'sleep',
  summary: 'the device sleeps, and wakes when lifted: nothing of its program runs, and its clocks stand still',
  options,
  holds: 'order',
  on: ({ peer }) => [{ to: peer, do: 'freeze' }],
  off: ({ peer, clocks }): readonly Order[] => [
    ...(clocks === 'stopped' ? [{ to: peer, do: 'set-clock', slept: true, wall: false } as const] : []),
    { to: peer, do: 'thaw' },
  ],
}
