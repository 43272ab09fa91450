import { z } from 'zod'
import type { Capability } from '../faults/fault.ts'
import { Hub } from '../link/hub.ts'
import { startRelay } from '../link/relay.ts'
import { toxics } from '../toxics/index.ts'
import type { LinkKind, LinkSeat, StartedLink } from './link.ts'

const options = z.strictObject({
  /** Where the client connects; a free port where absent. */
  port: z.number().int().min(1).max(65535).optional(),
})
type Options = z.infer<typeof options>

async function start({
  kit,
  upstream,
  latencyMs,
  jitterMs,
  options: { port },
}: LinkSeat<Options>): Promise<StartedLink> {
  const hub = new Hub(kit, { latencyMs, jitterMs })
  const relay = await startRelay(hub, upstream, port)
  return {
    address: relay.address,
    order: async (order, fault) => hub.order(order, fault),
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  }
}

export const embedded: LinkKind<Options> = {
  name: 'embedded',
  summary: 'a TCP relay in this process: nothing to install, true RST, ends held',
  options,
  can: new Set<Capability>([
    ...[...toxics.keys()].map((name): Capability => `toxic:${name}`),
    'limit:sessions',
    'end:fin',
    'end:rst',
  ]),
  start,
}
