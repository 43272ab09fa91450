import { z } from 'zod'
import type { Fault } from './fault.ts'

const options = z.strictObject({ peer: z.enum(['broker', 'client']).default('broker') })
type Params = z.infer<typeof options>

/**
 * Its kernel goes on acknowledging, its connections stay open. When lifted, it goes on where it stopped: a broker under load, a
 * laptop that slept. Of several clients under test all are frozen.
 */
export const freeze: Fault<Params> = {
  name: 'freeze',
  summary: "the peer's process is no longer scheduled",
  options,
  holds: 'order',
  on: ({ peer }) => [{ to: peer, do: 'freeze' }],
  off: ({ peer }) => [{ to: peer, do: 'thaw' }],
}
