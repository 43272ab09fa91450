import { z } from 'zod'
import type { Fault } from './fault.ts'

const options = z.strictObject({ peer: z.enum(['broker', 'client']).default('broker') })
type Params = z.infer<typeof options>

/** Evidence of before clients could be frozen names no peer. */
const frozenBy = ({ peer = 'broker' }: Partial<Params>) => peer

/**
 * Its kernel goes on acknowledging, its connections stay open. When lifted, it goes on where it stopped: a broker under load, a
 * laptop that slept. Of several clients under test all are frozen.
 */
export const freeze: Fault<Params> = {
  name: 'freeze',
  summary: "the peer's process is no longer scheduled",
  options,
  holds: 'order',
  on: params => [{ to: frozenBy(params), do: 'freeze' }],
  off: params => [{ to: frozenBy(params), do: 'thaw' }],
}
