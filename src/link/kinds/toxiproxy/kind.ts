import type { Capability, LinkOrder } from '../../../faults/fault.ts'
import type { Availability } from '../../../model/plugin.ts'
import { startRelay } from '../../pipe/relay.ts'
import type { LinkKind, LinkSeat, StartedLink } from '../link.ts'
import { ToxiproxyHub } from './hub.ts'
import { options, type ToxiproxyOptions } from './options.ts'
import type { Place } from './place.ts'
import { refusal } from './recipes.ts'

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
export interface Source {
  open(options: ToxiproxyOptions): Promise<Place>
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
  start: async seat => startLink(seat, await open(seat.options)),
})

async function startLink(seat: LinkSeat<ToxiproxyOptions>, place: Place): Promise<StartedLink> {
  const { kit, upstream, latencyMs, jitterMs, orders } = seat
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
