import { z } from 'zod'
import type { Capability, LinkOrder } from '../../../faults/fault.ts'
import type { Availability } from '../../../model/plugin.ts'
import { startRelay } from '../../pipe/relay.ts'
import type { LinkContext, LinkKind, StartedLink } from '../link.ts'
import type { Running } from './running.ts'
import { refusal } from './toxic-recipes.ts'
import { ToxiproxyHub } from './toxiproxy-hub.ts'
import type { ToxiproxyPlace } from './toxiproxy-place.ts'

const options = z.strictObject({
  url: z.url().exactOptional().describe('a Toxiproxy that is already running: http://127.0.0.1:8474'),
  listen: z.string().min(1).exactOptional().describe('where its proxies listen; default 127.0.0.1'),
  ports: z
    .string()
    .regex(/^\d+-\d+$/, 'write the first and the last port: 8666-8697')
    .exactOptional()
    .describe('the ports where its proxies may listen; default: any'),
  tap_host: z.string().min(1).exactOptional().describe('the name of this machine, as it sees it; default 127.0.0.1'),
  tap_bind: z.string().min(1).exactOptional().describe('where the tap behind it listens; default 127.0.0.1'),
  image: z.string().min(1).exactOptional().describe('in the lab containers: the image to start'),
})
export type ToxiproxyOptions = z.infer<typeof options>

const LOOPBACK = '127.0.0.1'

/** `undefined` where none is said to be running. */
export function runningFrom({ url, listen, ports, tap_host, tap_bind }: ToxiproxyOptions): Running | undefined {
  if (url === undefined) return undefined
  const [from, to] = (ports ?? '').split('-').map(Number)
  return {
    url,
    listenHost: listen ?? LOOPBACK,
    ...(from && to ? { ports: [from, to] as const } : {}),
    tapHost: tap_host ?? LOOPBACK,
    tapBind: async () => tap_bind ?? LOOPBACK,
  }
}

/** Not `swallow`: Toxiproxy knows no packets. */
const CAN: ReadonlySet<Capability> = new Set<Capability>([
  'toxic:blackhole',
  'toxic:idle-cut',
  'toxic:delay',
  'toxic:bandwidth',
  'toxic:slice',
  'end:fin',
  'end:rst',
])

/** Where a lab has its Toxiproxy. */
interface Source {
  open(options: ToxiproxyOptions): Promise<ToxiproxyPlace>
  available(options: ToxiproxyOptions): Promise<Availability>
}

/** The link through a Toxiproxy, wherever that is. */
export const toxiproxyFrom = ({ open, available }: Source): LinkKind<ToxiproxyOptions> => ({
  name: 'toxiproxy',
  summary: 'a real Toxiproxy with a tap at each end: one on the PATH, in a container, or already running',
  options,
  runs: ['image'],
  can: CAN,
  refusal,
  available,
  start: async context => startLink(context, await open(context.options)),
})

async function startLink(context: LinkContext<ToxiproxyOptions>, place: ToxiproxyPlace): Promise<StartedLink> {
  const { kit, upstream, latencyMs, jitterMs, orders } = context
  const hub = new ToxiproxyHub({ kit, place, latencyMs, jitterMs, apart: needsApart(orders) })
  const clear = async () => {
    hub.dispose()
    try {
      await hub.removeProxies()
    } finally {
      await place[Symbol.asyncDispose]()
    }
  }
  try {
    await hub.start()
    const relay = await startRelay(hub, upstream)
    return {
      address: relay.address,
      order: (order, fault) => hub.order(order, fault),
      async [Symbol.asyncDispose]() {
        await relay[Symbol.asyncDispose]()
        await clear()
      },
    }
  } catch (error) {
    await clear().catch(() => {})
    throw error
  }
}

/** Where nobody says what will come, an idle-cut may. */
const needsApart = (orders: readonly LinkOrder[] | undefined): boolean =>
  orders === undefined || orders.some(order => order.do === 'add' && order.toxic === 'idle-cut')
