import { z } from 'zod'
import { flowsOf } from '../model/flow.ts'
import { direction } from '../model/schema.ts'
import type { Fault } from './fault.ts'

const options = z.strictObject({
  /** Bytes per second, in each direction named. */
  rate: z.number().positive(),
  direction: direction.default('both'),
})
type Params = z.infer<typeof options>

/** When lifted, what is in flight is delivered at once. */
export const bandwidth: Fault<Params> = {
  name: 'bandwidth',
  summary: 'at most so many bytes a second, in each direction named',
  options,
  holds: 'order',
  on: ({ rate, direction: way }) => [
    { to: 'link', do: 'add', key: 'path', toxic: 'bandwidth', attributes: { bytesPerS: rate }, flows: flowsOf(way) },
  ],
  off: () => [{ to: 'link', do: 'remove', key: 'path' }],
}
