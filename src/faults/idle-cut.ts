import { z } from 'zod'
import { type Duration, milliseconds, resolveDuration } from '../model/duration.ts'
import { FLOWS } from '../model/flow.ts'
import { longerThanNothing } from '../model/schema.ts'
import type { Fault } from './fault.ts'
import { middleboxes } from './middleboxes/index.ts'
import type { Middlebox } from './middleboxes/middlebox.ts'

const preset = z.enum([...middleboxes.keys()]).describe('a real middlebox, see halfopen list --presets')
const bySide = z.enum(['drop', 'rst-sender'])

const full = z.strictObject({
  preset: preset.exactOptional(),
  after: longerThanNothing('an idle time-out').exactOptional(),
  /** What counts as life on the real box. A relay sees payload only: pure ACKs and keep-alive probes end at its own kernel. */
  activity: z.enum(['any-byte', 'packet', 'payload']).exactOptional(),
  /** out: client to broker, from the inside of the box; each-own: a timer per direction, and either one cuts. */
  refreshed_by: z.enum(['both', 'out', 'in', 'each-own']).exactOptional(),
  on_expiry: z.enum(['silent', 'rst-both', 'fin-both']).exactOptional(),
  /** What meets the next packet of a flow that was silently forgotten; inside is the client's side. */
  on_next: z
    .union([z.enum(['drop', 'rst-sender', 'rst-both']), z.strictObject({ inside: bySide, outside: bySide })])
    .exactOptional(),
  scope: z.enum(['both', 'inbound-only']).exactOptional(),
  /** outbound: the client's next packet brings the flow back. */
  recreate: z.enum(['none', 'outbound']).exactOptional(),
})
type Given = z.infer<typeof full>
type Params = Required<Omit<Given, 'preset'>> & Pick<Given, 'preset'>

/** `aws-nlb`, or a map: a preset, its values overridden by what stands beside it; without one `after` must be given. */
const options = z
  .union([preset.transform((name): Given => ({ preset: name })), full])
  .superRefine((given, context) => {
    // With a slip of the pen in it, that is what is wrong.
    if (context.issues.length === 0 && given.preset === undefined && given.after === undefined)
      context.addIssue({ code: 'custom', path: ['after'], message: 'this needs "after", or a "preset" that has one' })
  })
  .transform((given): Params => ({ ...defaultsOf(given), ...given }))

const UNNAMED = {
  activity: 'any-byte',
  refreshed_by: 'both',
  on_expiry: 'silent',
  on_next: 'drop',
  scope: 'both',
  recreate: 'none',
} as const

function defaultsOf(given: Given): Omit<Params, 'preset'> {
  const box = given.preset === undefined ? undefined : middleboxes.get(given.preset)
  return box ? valuesOf(box) : { ...UNNAMED, after: NEVER_USED }
}

/** Where there is no preset, the schema has made sure of an `after`. */
const NEVER_USED: Duration = milliseconds(0)

const valuesOf = ({ afterMs, layer, refreshedBy, onExpiry, onNext, scope, recreate }: Middlebox) => ({
  after: milliseconds(afterMs),
  activity: layer === 'packet' ? ('packet' as const) : ('payload' as const),
  refreshed_by: refreshedBy,
  on_expiry: onExpiry,
  on_next: onNext,
  scope,
  recreate,
})

/** It holds, on each connection, from the moment of its expiry. Lifting brings no forgotten flow back. */
export const idleCut: Fault<Params> = {
  name: 'idle-cut',
  summary: 'a middlebox forgets a flow that was silent too long',
  options,
  scaled: ['after'],
  holds: 'mark',
  idleAfter: ({ after }) => after,
  on: ({ after, activity, refreshed_by, on_expiry, on_next, scope, recreate }, keepaliveMs) => [
    {
      to: 'link',
      do: 'add',
      key: 'table',
      toxic: 'idle-cut',
      attributes: {
        afterMs: resolveDuration(after, keepaliveMs),
        ...(activity !== 'any-byte' && { activity }),
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
