import type { Capability, LinkOrder } from '../../../faults/fault.ts'
import type { Availability } from '../../../model/plugin.ts'
import type { LinkContext, LinkKind, StartedLink } from '../link.ts'
import { boxRefusal } from './box.ts'
import { Firewall } from './firewall-link.ts'
import type { FirewallPlace } from './firewall-place.ts'
import { policySeconds } from './idle-rules.ts'
import { type FirewallOptions, options } from './options.ts'

/** Not delay, bandwidth and slice, which are a queue's; not swallow, since it knows no MQTT; not FIN, which proxies send. */
const CAN: ReadonlySet<Capability> = new Set<Capability>([
  'toxic:idle-cut',
  'toxic:blackhole',
  'limit:sessions',
  'end:rst',
  'move:address',
  'move:port',
  'move:down',
])

/** Where a lab has its firewall. */
export interface FlowSource {
  open(): Promise<FirewallPlace>
  available(): Promise<Availability>
}

export const firewallFrom = ({ open, available }: FlowSource): LinkKind<FirewallOptions> => ({
  name: 'firewall',
  summary: "the kernel's own firewall (nftables, conntrack) between two networks; only in the lab netns",
  options,
  can: CAN,
  refusal,
  available,
  start: async context => startLink(context, await open()),
})

function refusal(order: LinkOrder): string | undefined {
  if (order.do !== 'add') return undefined
  if (order.toxic === 'idle-cut') return boxRefusal(order.attributes)
  const { recovery } = (order.attributes ?? {}) as { readonly recovery?: unknown }
  return order.toxic === 'blackhole' && recovery === 'at-once'
    ? "a peer's kernel sends again when its own timer says so: recovery: at-once is for relays"
    : undefined
}

async function startLink(
  { kit, options: { nat, timer }, upstream, orders = [] }: LinkContext<FirewallOptions>,
  place: FirewallPlace,
): Promise<StartedLink> {
  const firewall = new Firewall(kit, place)
  try {
    const seconds = timer === 'ct-timeout' ? policySeconds(orders) : undefined
    await firewall.start(nat, seconds === undefined ? undefined : { seconds, port: upstream.port })
  } catch (error) {
    await firewall[Symbol.asyncDispose]()
    throw error
  }
  return {
    address: upstream,
    order: (order, fault) => firewall.order(order, fault),
    [Symbol.asyncDispose]: () => firewall[Symbol.asyncDispose](),
  }
}
