import { z } from 'zod'
import { dated } from '../../clock/clock.ts'
import type { Kit, Record } from '../../clock/kit.ts'
import type { Capability, LinkOrder } from '../../faults/fault.ts'
import { Hub } from '../pipe/hub.ts'
import { canView } from '../pipe/kernel-view.ts'
import { type Entrance, type Relay, startRelay } from '../pipe/relay.ts'
import { Tap } from '../pipe/tap.ts'
import { tlsLayer } from '../tls/tls-layer.ts'
import { toxics } from '../toxics/index.ts'
import { inspect } from './embedded/inspect.ts'
import { contradictionsOf, tlsOptions } from './embedded/inspect-options.ts'
import type { LinkContext, LinkKind, StartedLink } from './link.ts'

const options = z
  .strictObject({
    /** Where the client connects; a free port where absent. */
    port: z.number().int().min(1).max(65535).optional(),
    ...tlsOptions,
  })
  .superRefine((given, context) => {
    for (const { path, message } of contradictionsOf(given)) context.addIssue({ code: 'custom', path: [path], message })
  })
type Options = z.infer<typeof options>

async function start({
  kit,
  upstream,
  latencyMs,
  jitterMs,
  options: given,
  access = { scheme: 'mqtt' },
}: LinkContext<Options>): Promise<StartedLink> {
  const { port, tls } = given
  const inspected =
    tls && (await inspect({ options: given, upstream, access, record: kit.record, keys: kit.raw?.keys }))
  const layer = inspected && tlsLayer(inspected.inspection)
  let device: number | undefined
  const hub = new Hub(kit, { latencyMs, jitterMs }, conn => new Tap(of(kit, device), conn))
  const relay = await startRelay(hub, upstream, { port, layer })
  const doors = new Map<number, Promise<Relay>>()
  const openDoor = (own: number): Promise<Relay> => {
    const entrance: Entrance = {
      connect(attach) {
        // The hub makes its tap before it returns.
        device = own
        hub.connect(attach)
        device = undefined
      },
      dispose() {},
    }
    return startRelay(entrance, upstream, { layer })
  }
  return {
    address: relay.address,
    ...(inspected && { ca: inspected.ca }),
    async door(own) {
      const opening = doors.get(own) ?? openDoor(own)
      doors.set(own, opening)
      return (await opening).address
    },
    async order(order, fault) {
      return dated(kit.clock, async () => hub.order(order, fault))
    },
    async [Symbol.asyncDispose]() {
      await relay[Symbol.asyncDispose]()
      // One that could not be opened has told so already.
      await Promise.allSettled([...doors.values()].map(async opening => (await opening)[Symbol.asyncDispose]()))
    },
  }
}

/** What is recorded of this client's connections says whose they are. */
function of(kit: Kit, device: number | undefined): Pick<Kit, 'record' | 'ownActs'> {
  if (device === undefined) return kit
  const { record, ownActs } = kit
  const marked =
    (tell: Record): Record =>
    event =>
      tell({ device, ...event })
  return { record: marked(record), ...(ownActs && { ownActs: { ...ownActs, record: marked(ownActs.record) } }) }
}

const UNREAD: ReadonlySet<string> = new Set(['stall-reads', 'slow-reads'])

function refusal(order: LinkOrder): string | undefined {
  return order.do === 'add' && UNREAD.has(order.toxic) && !canView()
    ? `${order.toxic} is for Linux: whether a peer closes whose bytes are not read is in /proc/net/tcp only`
    : undefined
}

export const embedded: LinkKind<Options> = {
  name: 'embedded',
  summary: 'a TCP relay in a process of our own: nothing to install, true RST, ends held',
  home: import.meta.url,
  options,
  doors: true,
  files: ['ca', 'ca_key', 'cert', 'key', 'clients_ca'],
  opens: ({ tls }) => (tls ? ['TLS'] : []),
  can: new Set<Capability>([
    ...[...toxics.keys()].map((name): Capability => `toxic:${name}`),
    'limit:sessions',
    'move:address',
    'end:fin',
    'end:rst',
  ]),
  refusal,
  start,
}
