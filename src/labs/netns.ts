import { realClock } from '../clock/real.ts'
import type { Capability, Order } from '../faults/fault.ts'
import { faults as ownFaults } from '../faults/index.ts'
import { firewall } from '../link/kinds/firewall.ts'
import { registry } from '../model/plugin.ts'
import type { Scenario } from '../model/scenario.ts'
import { admission, choose, plainOnly } from './admission.ts'
import type { Lab, LabKind, Peers } from './lab.ts'
import { allowed, available } from './netns/allowed.ts'
import { openNetnsBench } from './netns/netns-bench.ts'
import { ordersOf } from './orders.ts'

const SIGNALS: readonly Capability[] = ['broker:freeze', 'broker:thaw', 'broker:kill', 'broker:restart']

/** Client and broker in networks of their own, and between them a router whose kernel is the middlebox. Linux only. */
export const netns: LabKind = {
  name: 'netns',
  summary: "network namespaces with the kernel's own firewall between client and broker (Linux; root or not)",
  // Packets are dated by the kernel, on the calendar's clock; its offset is known to less than this.
  resolutionMs: 2,
  can: new Set<Capability>([...firewall.can, ...SIGNALS]),
  available,
  create,
}

function create(peers: Peers): Lab {
  const { faults = ownFaults } = peers
  // It is always there: whether the machine allows it is the lab's question.
  const here: Peers = { ...peers, links: registry([{ ...firewall, available: async () => true as const }]) }
  return {
    kind: netns,
    clock: () => realClock(),
    async admits(given) {
      const machine = await available()
      const refusal = unsuited(given, peers)
      if (refusal) return { result: 'unsupported', reason: refusal }
      const scenario = throughFirewall(given, ordersOf(given, faults))
      const bound = unbound(scenario, ordersOf(given, faults))
      if (bound) return { result: 'unsupported', reason: bound }
      const admitted = await admission(scenario, choose(scenario, here), ordersOf(scenario, faults), netns)
      return admitted === true && machine !== true ? { result: 'missing', ...machine } : admitted
    },
    async open(given, kit) {
      const answer = await allowed()
      if (!('right' in answer)) throw new Error(answer.reason)
      const scenario = throughFirewall(given, ordersOf(given, faults))
      return openNetnsBench(
        scenario,
        kit,
        { ...choose(scenario, here), orders: ordersOf(scenario, faults) },
        answer.right,
      )
    },
    async [Symbol.asyncDispose]() {},
  }
}

/** What can't live in this lab, in words. */
function unsuited(scenario: Scenario, { brokers, clients }: Peers): string | undefined {
  const { link, broker, client } = scenario
  if (!brokers.get(broker.name)?.movable) return `the broker ${broker.name} can't live in a network namespace`
  const access = brokers.get(broker.name)?.access?.(broker.options)
  if (access) return plainOnly(broker.name, netns.name, access)
  const kind = clients.get(client.name)
  if (!kind?.program && !kind?.simulated) return `the client ${client.name} can't live in a network namespace`
  const delayed = [link.latency, link.jitter].some(({ ms, k }) => ms > 0 || k > 0)
  return delayed ? 'in the lab netns the link has no latency of its own' : undefined
}

/** The link of this lab is the firewall, whatever relay the scenario would have in another. */
function throughFirewall(scenario: Scenario, orders: readonly Order[]): Scenario {
  if (scenario.link.name === firewall.name) return scenario
  // Without a NAT there is no port that it could give.
  const options = firewall.options.parse(orders.some(isRebinding) ? { nat: 'remap' } : {}) as never
  return { ...scenario, link: { ...scenario.link, name: firewall.name, options } }
}

const isRebinding = (order: Order): boolean => order.do === 'move' && order.what === 'port'

/** A NAT that keeps to the client's own port gives no other. */
function unbound({ link: { options } }: Scenario, orders: readonly Order[]): string | undefined {
  if (!orders.some(isRebinding) || options.nat === 'remap') return undefined
  return `rebind needs a NAT that gives another port: say link: { name: firewall, nat: remap }`
}
