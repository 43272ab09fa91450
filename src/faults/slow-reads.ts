import { z } from 'zod'
import { FLOWS, flowFrom } from '../model/flow.ts'
import { sides } from '../model/schema.ts'
import type { Fault } from './fault.ts'

const options = z.strictObject({
  /** Bytes per second, of each side named. */
  rate: z.number().positive(),
  /** Whose bytes are read so slowly. */
  side: sides.default('both'),
})
type Params = z.infer<typeof options>

/**
 * As `bandwidth`, but what is not passed on is not read either: it waits in the sender's own buffers, and its writes block once they
 * are full. A read takes up to 64 KiB at once. When lifted, what was read is delivered at once.
 */
export const slowReads: Fault<Params> = {
  name: 'slow-reads',
  summary: 'the side named is read at so many bytes a second: the rest waits in its own buffers',
  options,
  holds: 'order',
  on: ({ rate, side }) => [
    {
      to: 'link',
      do: 'add',
      key: 'reads',
      toxic: 'slow-reads',
      attributes: { bytesPerS: rate },
      flows: side === 'both' ? FLOWS : [flowFrom(side)],
    },
  ],
  off: () => [{ to: 'link', do: 'remove', key: 'reads' }],
}
