import { z } from 'zod'
import { resolveDuration } from '../model/duration.ts'
import { FLOWS } from '../model/flow.ts'
import { longerThanNothing } from '../model/schema.ts'
import type { Fault } from './fault.ts'

const options = z.strictObject({
  /** Counted from the connection's opening. */
  after: longerThanNothing('an age'),
  on_expiry: z.enum(['fin-both', 'rst-both']).default('fin-both'),
})
type Params = z.infer<typeof options>

/**
 * A box that ends each connection at an age, however busy: a managed gateway's longest connection (AWS API Gateway: 2 hours for a
 * WebSocket), a proxy that is reloaded, Traefik's deadlines. No keep-alive helps against it; the client has to come back well. It
 * holds, on each connection, from the moment at which that one is ended.
 */
export const maxAge: Fault<Params> = {
  name: 'max-age',
  summary: 'a box ends each connection at an age, however busy',
  options,
  scaled: ['after'],
  holds: 'mark',
  on: ({ after, on_expiry }, keepaliveMs) => [
    {
      to: 'link',
      do: 'add',
      key: 'age',
      toxic: 'max-age',
      attributes: { afterMs: resolveDuration(after, keepaliveMs), onExpiry: on_expiry },
      flows: FLOWS,
    },
  ],
  off: () => [{ to: 'link', do: 'remove', key: 'age' }],
}
