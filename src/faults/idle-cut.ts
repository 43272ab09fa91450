import { z } from 'zod'
import { resolveDuration } from '../model/duration.ts'
import { FLOWS } from '../model/flow.ts'
import { duration } from '../model/schema.ts'
import type { Fault } from './fault.ts'

const options = z.strictObject({
  after: duration,
  /** What counts as life. Real boxes on the packet level also count pure ACKs, which end at a relay's own kernel. */
  activity: z.enum(['any-byte']).default('any-byte'),
  /** out: client to broker, from the inside of the box; each-own: a timer per direction, and either one cuts. */
  refreshed_by: z.enum(['both', 'out', 'in', 'each-own']).default('both'),
  on_expiry: z.enum(['silent', 'rst-both', 'fin-both']).default('silent'),
  /** What meets the next packet of a flow that was silently forgotten. */
  on_next: z.enum(['drop', 'rst-sender', 'rst-both']).default('drop'),
  scope: z.enum(['both', 'inbound-only']).default('both'),
  /** outbound: the client's next packet brings the flow back. */
  recreate: z.enum(['none', 'outbound']).default('none'),
})
type Params = z.infer<typeof options>

/** It holds, on each connection, from the moment of its expiry. Lifting brings no forgotten flow back. */
export const idleCut: Fault<Params> = {
  name: 'idle-cut',
  summary: 'a middlebox forgets a flow that was silent too long',
  options,
  holds: 'mark',
  on: ({ after, refreshed_by, on_expiry, on_next, scope, recreate }, keepaliveMs) => [
    {
      to: 'link',
      do: 'add',
      key: 'table',
      toxic: 'idle-cut',
      attributes: {
        afterMs: resolveDuration(after, keepaliveMs),
        refreshedBy: refreshed_by,
        onExpiry: on_expiry,
        onNext: on_next,
        scope,
        recreate,
      },
      flows: FLOWS,
    },
  ],
  off: () => [{ to: 'link', do: 'remove', key: 'table' }],
}
