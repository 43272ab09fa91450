import { z } from 'zod'
import type { Fault } from './fault.ts'

const options = z.strictObject({ peer: z.enum(['broker']).default('broker') })
type Params = z.infer<typeof options>

/** Its kernel goes on acknowledging, its connections stay open. When lifted, it goes on where it stopped. */
export const freeze: Fault<Params> = {
  name: 'freeze',
  summary: "the peer's process is no longer scheduled",
  options,
  holds: 'order',
  on: () => [{ to: 'broker', do: 'freeze' }],
  off: () => [{ to: 'broker', do: 'thaw' }],
}
