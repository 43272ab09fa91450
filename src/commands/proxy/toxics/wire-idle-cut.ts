import { z } from 'zod'
import { idleCut as wire } from '../../../link/toxics/idle-cut-toxic.ts'
import type { WireToxic } from './wire-toxic.ts'

const options = z.object({
  /** Milliseconds of silence. */
  after: z.int().min(1),
  refreshed_by: z.enum(['both', 'out', 'in', 'each-own']).default('both'),
  on_expiry: z.enum(['silent', 'rst-both', 'fin-both']).default('silent'),
  on_next: z.enum(['drop', 'rst-sender', 'rst-both']).default('drop'),
  scope: z.enum(['both', 'inbound-only']).default('both'),
  recreate: z.enum(['none', 'outbound']).default('none'),
})
type Attributes = z.infer<typeof options>

/** One table for both flows, whichever stream it is added to. */
export const idleCut: WireToxic<Attributes> = {
  name: 'idle_cut',
  summary: 'a middlebox that forgets a connection that was silent too long',
  options,
  updates: 'anew',
  watchesBoth: true,
  start: ({ after, refreshed_by, on_expiry, on_next, scope, recreate }, _, meeting) =>
    wire.start(
      { afterMs: after, refreshedBy: refreshed_by, onExpiry: on_expiry, onNext: on_next, scope, recreate },
      meeting,
    ),
}
