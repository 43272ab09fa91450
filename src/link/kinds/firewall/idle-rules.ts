/**
 * The rules of a middlebox that forgets silent flows, in two ways that a Linux firewall knows:
 *
 * - `conntrack`: the kernel's own table of connections, whose timer any packet re-arms, either way. In whole seconds.
 * - `set`: a dynamic set of nftables whose members time out, with rules that say what re-arms them: only payload, only one
 *   direction, each direction for itself. In milliseconds.
 */

import type { LinkOrder } from '../../../faults/fault.ts'
import type { Flow } from '../../../model/flow.ts'
import { type Box, boxOf, type OnNext } from './box.ts'
import { arrives, type Devices, member, SET, SYN, table } from './nft-rules.ts'

/** A flow that the set is to know from the beginning. */
export interface Member {
  /** `10.77.1.2:40000`, the client's own. */
  readonly inside: string
  readonly leftMs: number
}

export const idleRules = (name: string, box: Box, devices: Devices, members: readonly Member[]): string =>
  table(name, box.timer === 'conntrack' ? conntrackBody(box, devices) : setBody(box, devices, members))

function conntrackBody(box: Box, devices: Devices): string {
  const up = arrives('up', devices)
  const { brokerDevice } = devices
  return `  chain forward { type filter hook forward priority 0; policy accept;
    ct state established,related accept
    ${up} ${SYN} ct state new accept
    ${box.recreate ? `${up} ct state new accept` : ''}
    ${box.inboundOnly ? `${up} accept` : ''}
    ${up} ${verdict(box.onNext.up)}
    ${arrives('down', devices)} ${verdict(box.onNext.down)}
  }
  ${inputChain(box, brokerDevice)}`
}

/** Where addresses are translated, what the table has forgotten is for the firewall itself, and its own kernel answers RST. */
const inputChain = ({ onNext }: Box, brokerDevice: string): string =>
  onNext.down === 'drop'
    ? `chain input { type filter hook input priority 0; policy accept;\n    iifname ${brokerDevice} ip protocol tcp drop\n  }`
    : ''

const verdict = (next: OnNext): string => (next === 'drop' ? 'drop' : 'reject with tcp reset')

const KEY: Readonly<Record<Flow, string>> = { up: 'ip saddr . tcp sport', down: 'ip daddr . tcp dport' }

/** The sets whose members re-arm with this flow's payload; a flow is known while it is in each of them. */
const SETS: Readonly<Record<Box['refreshedBy'], Readonly<Record<Flow, readonly string[]>>>> = {
  both: { up: ['live'], down: ['live'] },
  out: { up: ['live'], down: [] },
  in: { up: [], down: ['live'] },
  'each-own': { up: ['up'], down: ['down'] },
}

export const setsOf = (refreshedBy: Box['refreshedBy']): readonly string[] => [
  ...new Set([...SETS[refreshedBy].up, ...SETS[refreshedBy].down]),
]

function setBody(box: Box, devices: Devices, members: readonly Member[]): string {
  const names = setsOf(box.refreshedBy)
  const timeout = `${Math.round(box.afterMs)}ms`
  const known = members.filter(({ leftMs }) => leftMs >= 1)
  const elements = known.map(({ inside, leftMs }) => `${member(inside)} expires ${Math.round(leftMs)}ms`).join(', ')
  const set = (name: string) => `  set ${name} { ${SET}; flags dynamic,timeout; timeout ${timeout}; size 65535;
    ${elements && `elements = { ${elements} }`}
  }`
  const update = (flow: Flow, sets: readonly string[]) => sets.map(name => `update @${name} { ${KEY[flow]} }`).join(' ')
  const isKnown = (flow: Flow) => names.map(name => `${KEY[flow]} @${name}`).join(' ')
  const up = arrives('up', devices)
  return `${names.map(set).join('\n')}
  chain up_known {
    ${box.payloadOnly ? 'jump payload' : 'meta mark set 1'}
    meta mark 1 ${update('up', SETS[box.refreshedBy].up)}
    accept
  }
  chain down_known {
    ${box.payloadOnly ? 'jump payload' : 'meta mark set 1'}
    meta mark 1 ${update('down', SETS[box.refreshedBy].down)}
    accept
  }
  chain payload {
    tcp flags & (fin | rst) != 0 meta mark set 1
    ${withPayload('meta mark set 1')}
  }
  chain forward { type filter hook forward priority 0; policy accept;
    meta mark set 0
    ${up} ${SYN} ${update('up', names)} accept
    ${up} ${isKnown('up')} goto up_known
    ${arrives('down', devices)} ${isKnown('down')} goto down_known
    ${box.payloadOnly ? 'jump payload' : 'meta mark set 1'}
    ${box.recreate ? `${up} meta mark 1 tcp flags & rst == 0 ${update('up', names)} accept` : ''}
    ${box.inboundOnly ? `${up} accept` : ''}
    meta mark 0 drop
    ${up} ${verdict(box.onNext.up)}
    ${arrives('down', devices)} ${verdict(box.onNext.down)}
  }`
}

/** nft can't add up the headers' lengths, so there is a rule for each length that TCP's may have (in words of 4 bytes). */
const withPayload = (act: string): string =>
  Array.from({ length: 11 }, (_, i) => i + 5)
    .map(words => `tcp doff ${words} ip length > ${20 + 4 * words} ${act}`)
    .join('\n    ')

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
