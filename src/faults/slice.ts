import { z } from 'zod'
import { milliseconds, resolveDuration } from '../model/duration.ts'
import { flowsOf } from '../model/flow.ts'
import { direction, duration } from '../model/schema.ts'
import type { Fault } from './fault.ts'

const options = z
  .strictObject({
    /** Bytes. */
    average_size: z.number().int().min(1),
    /** Plus or minus so many bytes. */
    size_variation: z.number().int().min(0).default(0),
    /** After each piece. */
    delay: duration.default(milliseconds(0)),
    direction: direction.default('both'),
  })
  .refine(({ average_size, size_variation }) => size_variation < average_size, {
    message: 'size_variation must be smaller than average_size',
    path: ['size_variation'],
  })
type Params = z.infer<typeof options>

const attributes = ({ average_size, size_variation, delay }: Params, keepaliveMs: number) => ({
  averageBytes: average_size,
  variationBytes: size_variation,
  delayMs: resolveDuration(delay, keepaliveMs),
})

/** When lifted, what is in flight is delivered at once. */
export const slice: Fault<Params> = {
  name: 'slice',
  summary: 'data arrives in small pieces, with a pause after each',
  options,
  holds: 'order',
  on: (params, keepaliveMs) => [
    {
      to: 'link',
      do: 'add',
      key: 'path',
      toxic: 'slice',
      attributes: attributes(params, keepaliveMs),
      flows: flowsOf(params.direction),
    },
  ],
  off: () => [{ to: 'link', do: 'remove', key: 'path' }],
}
