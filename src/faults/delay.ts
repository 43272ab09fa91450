import { z } from 'zod'
import { milliseconds, resolveDuration } from '../model/duration.ts'
import { flowsOf } from '../model/flow.ts'
import { direction, duration } from '../model/schema.ts'
import type { Fault } from './fault.ts'

const options = z.strictObject({
  latency: duration,
  jitter: duration.default(milliseconds(0)),
  direction: direction.default('both'),
})
type Params = z.infer<typeof options>

const attributes = ({ latency, jitter }: Params, keepaliveMs: number) => ({
  latencyMs: resolveDuration(latency, keepaliveMs),
  jitterMs: resolveDuration(jitter, keepaliveMs),
})

/** When lifted, what is in flight is delivered at once. */
export const delay: Fault<Params> = {
  name: 'delay',
  summary: 'latency, plus or minus jitter, in each direction named',
  options,
  holds: 'order',
  on: (params, keepaliveMs) => [
    {
      to: 'link',
      do: 'add',
      key: 'path',
      toxic: 'delay',
      attributes: attributes(params, keepaliveMs),
      flows: flowsOf(params.direction),
    },
  ],
  off: () => [{ to: 'link', do: 'remove', key: 'path' }],
}
