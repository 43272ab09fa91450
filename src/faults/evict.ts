import { z } from 'zod'
import type { Fault } from './fault.ts'

const options = z.strictObject({
  /** How many connections the table has room for. */
  sessions: z.number().int().min(1),
  /** `packet`: the kernel's own table, where a pure ACK is a packet too; see idle-cut. */
  activity: z.enum(['any-byte', 'packet']).default('any-byte'),
  /** What meets the next packet of a flow that had to make room. */
  on_next: z.enum(['drop', 'rst-sender', 'rst-both']).default('drop'),
})
type Params = z.infer<typeof options>

/**
 * A middlebox whose table is full forgets its oldest flow for each that is opened, however busy it is. The connections of the
 * link are all that it knows. It holds, on each connection, from the moment at which that one is forgotten.
 */
export const evict: Fault<Params> = {
  name: 'evict',
  summary: 'a middlebox with a full table forgets its oldest flow for each new one, idle or not',
  options,
  holds: 'mark',
  on: ({ sessions, activity, on_next }) => [
    { to: 'link', do: 'limit', key: 'table', sessions, activity, onNext: on_next },
  ],
  off: () => [{ to: 'link', do: 'remove', key: 'table' }],
}
