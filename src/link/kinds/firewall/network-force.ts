import { boxOf } from './box.ts'
import type { FirewallForce, ForceContext } from './firewall-force.ts'
import { idleForce } from './firewall-idle-force.ts'
import { ghostRules } from './nft-rules.ts'
import type { TrackedFlow } from './tracked-flow.ts'

/**
 * The client's network changes, for real: an address of its interface, the port that the NAT gives to it, the interface itself. The kernel of
 * the client is told by ip(8), in the client's own network.
 */

/** The n-th address that the client has, from 0: 10.77.1.2, 10.77.1.3 ... */
function addressOf(host: string, n: number): string {
  const at = host.lastIndexOf('.') + 1
  return `${host.slice(0, at)}${Number(host.slice(at)) + n}`
}

/** How often the client of one world has moved, and what it left behind. */
export class Whereabouts {
  moves = 0
  readonly left = new Set<TrackedFlow>()
}

/**
 * A new address, from which the client's kernel opens what it opens from now on. The old one stays with the sockets that have it, so that what they send can
 * be seen to come as far as the firewall, and no further: the network that it belonged to is out of reach.
 */
export function roamForce(
  { place, name, flows, mark, executor, settle }: ForceContext,
  where: Whereabouts,
): FirewallForce {
  const gone = new Set<TrackedFlow>()
  return {
    async start() {
      await settle()
      const living = flows().flatMap(flow =>
        flow.outside === undefined || where.left.has(flow) ? [] : [{ ...flow, outside: flow.outside, flow }],
      )
      const { device, host, gateway } = place.client
      const address = addressOf(host, ++where.moves)
      await executor.shell(
        place.inClient(
          `ip address add ${address}/24 dev ${device}\nip route replace default via ${gateway} src ${address}`,
        ),
      )
      if (living.length === 0) return undefined
      for (const { flow } of living) gone.add(flow)
      for (const flow of gone) where.left.add(flow)
      const when = await executor.nft(ghostRules(name, living, place))
      for (const { conn, inside } of living)
        mark('held', `connection ${conn}: its address ${inside} is out of reach, the client's is ${address} now`, {
          conn,
          ...when,
        })
      return when
    },
    lift: async () => undefined,
    sent(flow, { edge }, atMs) {
      if (gone.has(flow))
        mark('touched', `connection ${flow.conn}: a packet from the ${edge} has no way any more`, { atMs })
    },
  }
}

/** The NAT's table is emptied, and the next packet of the client brings its flow back behind another port. */
export function rebindForce(context: ForceContext): FirewallForce {
  const box = boxOf({
    afterMs: 1,
    activity: 'packet',
    refreshedBy: 'both',
    onExpiry: 'silent',
    onNext: 'drop',
    scope: 'inbound-only',
    recreate: 'outbound',
  })
  const force = idleForce(box, context)
  return {
    ...force,
    async start() {
      const when = await force.start()
      // It forgets those that were there, and nobody else.
      await force.lift()
      return when
    },
    lift: async () => undefined,
  }
}

interface DownContext extends ForceContext {
  /** What the client's program does with these is not to be seen on any wire. */
  readonly hidden: (flow: TrackedFlow) => void
}

/** `ip link set down`, and up again with the route that went with it. What is written meanwhile stays in the client's kernel: that is its proof. */
export function downForce(
  { place, flows, mark, executor, settle, hidden }: DownContext,
  where: Whereabouts,
): FirewallForce {
  let isDown = false
  return {
    async start() {
      await settle()
      const living = flows()
      for (const flow of living) hidden(flow)
      const when = await executor.shell(place.inClient(`ip link set ${place.client.device} down`))
      isDown = true
      return when
    },
    async lift() {
      isDown = false
      const { device, host, gateway } = place.client
      return executor.shell(
        place.inClient(
          `ip link set ${device} up\nip route replace default via ${gateway} src ${addressOf(host, where.moves)}`,
        ),
      )
    },
    sent(flow, { edge }, atMs) {
      if (isDown && edge === 'broker')
        mark('touched', `connection ${flow.conn}: a packet from the broker finds no client`, { atMs })
    },
    unsent(flow, side, when) {
      if (isDown && side === 'client')
        mark('touched', `connection ${flow.conn}: what the client writes stays in its kernel`, when)
    },
  }
}
