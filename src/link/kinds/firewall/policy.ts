import type { LinkOrder } from '../../../faults/fault.ts'
import { boxOf } from './box.ts'
import { table } from './rules.ts'

/** The table of the policy: without it every flow is back at the time-out of all others. */
export const POLICY = 'port_policy'

/**
 * The time-out in seconds that a policy must have for what the timeline will do. The kernel looks for the policy of a flow
 * when it is opened, so it can't wait for the fault. `undefined` where nothing is to be forgotten; throws where one policy
 * can't be all that is wanted.
 */
export function policySeconds(orders: readonly LinkOrder[]): number | undefined {
  const boxes = orders.flatMap(order =>
    order.do === 'add' && order.toxic === 'idle-cut' ? [boxOf(order.attributes)] : [],
  )
  if (boxes.length === 0) return undefined
  const [afterMs = 0, ...others] = new Set(boxes.map(box => box.afterMs))
  if (others.length > 0 || boxes.some(({ timer }) => timer !== 'conntrack') || afterMs < 1000)
    throw new Error(
      'timer: ct-timeout is for one idle-cut, with activity: packet, refreshed_by: both, and "after" in whole seconds',
    )
  return afterMs / 1000
}

export interface Policy {
  readonly seconds: number
  readonly port: number
}

/** nft's `ct timeout`: an idle time-out for one port, whatever net.netfilter.nf_conntrack_tcp_timeout_established says. */
export const policyRules = ({ seconds, port }: Policy): string =>
  table(
    POLICY,
    `  ct timeout idle {
    protocol tcp
    l3proto ip
    policy = { established : ${seconds} }
  }
  chain opening {
    type filter hook prerouting priority -150; policy accept;
    tcp dport ${port} ct timeout set "idle"
  }`,
  )
