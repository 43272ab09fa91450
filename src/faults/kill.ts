import { z } from 'zod'
import type { Fault } from './fault.ts'

const options = z.strictObject({ peer: z.enum(['broker']).default('broker') })
type Params = z.infer<typeof options>

/** The process dies, and its kernel ends its connections. When lifted, it is started again, on the same port. */
export const kill: Fault<Params> = {
  name: 'kill',
  summary: "the peer's process dies",
  options,
  holds: 'order',
  on: () => [{ to: 'broker', do: 'kill' }],
  off: () => [{ to: 'broker', do: 'restart' }],
}
