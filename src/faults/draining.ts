import { z } from 'zod'
import { type Duration, resolveDuration } from '../model/duration.ts'
import { FLOWS } from '../model/flow.ts'
import { duration } from '../model/schema.ts'
import type { Fault } from './fault.ts'

const options = z.strictObject({
  after: duration.prefault('0s').describe('how long the connections that are open now may go on'),
  how: z
    .enum(['fin', 'rst'])
    .default('fin')
    .describe('fin: as a load balancer that drains; rst: as one that fails over'),
})
type Params = z.infer<typeof options> & { readonly after: Duration }

/**
 * A load balancer takes a backend out: the connections that are open at that moment are ended `after` it, all of them, and those that
 * are opened since go elsewhere and are left alone. It holds, on each connection, from the moment at which that one is ended.
 */
export const draining: Fault<Params> = {
  name: 'draining',
  summary: 'a load balancer drains or fails over: the connections that are open now end after a while, new ones stay',
  options,
  scaled: ['after'],
  holds: 'mark',
  on: ({ after, how }, keepaliveMs) => [
    {
      to: 'link',
      do: 'add',
      key: 'backend',
      toxic: 'draining',
      attributes: { afterMs: resolveDuration(after, keepaliveMs), how },
      flows: FLOWS,
    },
  ],
  off: () => [{ to: 'link', do: 'remove', key: 'backend' }],
}
