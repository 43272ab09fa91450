import { z } from 'zod'
import { FLOWS, flowFrom } from '../model/flow.ts'
import { sides } from '../model/schema.ts'
import type { Fault } from './fault.ts'

const options = z.strictObject({
  /** Whose bytes are not read any more. */
  side: sides.default('both'),
})
type Params = z.infer<typeof options>

/**
 * Nobody reads what the side named sends: its kernel has a zero window before it, its own buffer fills, and its writes block. That
 * is how a peer that hangs looks, or a proxy whose own way on is blocked. The path is alive: its kernel has everything acknowledged
 * that the other's buffer has room for. With one side, what the other sends still arrives.
 */
export const stallReads: Fault<Params> = {
  name: 'stall-reads',
  summary: 'what the side named sends is not read: a zero window, so that its writes block',
  options,
  holds: 'order',
  on: ({ side }) => [
    {
      to: 'link',
      do: 'add',
      key: 'reads',
      toxic: 'stall-reads',
      attributes: {},
      flows: side === 'both' ? FLOWS : [flowFrom(side)],
    },
  ],
  off: () => [{ to: 'link', do: 'remove', key: 'reads' }],
}
