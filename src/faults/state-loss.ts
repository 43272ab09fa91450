import { z } from 'zod'
import { FLOWS } from '../model/flow.ts'
import type { Fault } from './fault.ts'

const options = z.strictObject({
  /** `packet`: the kernel's own table is emptied, and with it every translated address; see idle-cut. */
  activity: z.enum(['any-byte', 'packet']).default('any-byte'),
  /** What meets the next packet of a flow that was there before. */
  on_next: z.enum(['drop', 'rst-sender', 'rst-both']).default('drop'),
  scope: z.enum(['both', 'inbound-only']).default('both'),
  /** outbound: the client's next packet brings its flow back. */
  recreate: z.enum(['none', 'outbound']).default('none'),
})
type Params = z.infer<typeof options>

/** Shorter than any silence between two packets of one flow that matters. */
const AT_ONCE_MS = 1

/**
 * A middlebox restarts, or another one takes over: it knows none of the flows that were there, however busy they were. New
 * ones it lets through. An idle cut without idleness, lifted at once: lifting brings no forgotten flow back.
 */
export const stateLoss: Fault<Params> = {
  name: 'state-loss',
  summary: 'a middlebox restarts and knows none of the flows that were there',
  options,
  holds: 'mark',
  on: ({ activity, on_next, scope, recreate }) => [
    {
      to: 'link',
      do: 'add',
      key: 'table',
      toxic: 'idle-cut',
      attributes: {
        afterMs: AT_ONCE_MS,
        ...(activity !== 'any-byte' && { activity }),
        refreshedBy: 'both',
        onExpiry: 'silent',
        onNext: on_next,
        scope,
        recreate,
      },
      flows: FLOWS,
    },
    { to: 'link', do: 'remove', key: 'table' },
  ],
  off: () => [],
}
