/** The text of rules for nft(8). Pure. */
import type { Flow } from '../../../model/flow.ts'
import type { FirewallPlace } from './firewall-place.ts'

export type Devices = Pick<FirewallPlace, 'clientDevice' | 'brokerDevice'>

export const arrives = (flow: Flow, { clientDevice, brokerDevice }: Devices): string =>
  `iifname ${flow === 'up' ? clientDevice : brokerDevice}`

/** Opens a connection. */
export const SYN = 'tcp flags & (syn | ack) == syn'

/** Replaces a table of that name in one transaction; deleting what is not there is no error only behind an `add`. */
export const table = (name: string, body: string): string =>
  `add table ip ${name}\ndelete table ip ${name}\ntable ip ${name} {\n${body}\n}\n`

export const noTable = (name: string): string => `add table ip ${name}\ndelete table ip ${name}\n`

/**
 * In force before connection tracking, so that what is dropped here refreshes nothing: the path is dead in front of the
 * firewall.
 */
const FIRST = 'type filter hook prerouting priority -350; policy accept;'

/** A dead path. */
export const blackholeRules = (name: string, flows: readonly Flow[], devices: Devices): string =>
  table(name, `  chain path { ${FIRST}\n${flows.map(flow => `    ${arrives(flow, devices)} drop\n`).join('')}  }`)

interface Tuple {
  readonly inside: string
  readonly outside: string
}

/** `10.77.1.2:40000` as a member of a set of addresses and ports. */
export const member = (address: string): string => address.replace(':', ' . ')

/** Nothing gets through any more on these connections, either way: one side of each was told that it is over. */
export const ghostRules = (name: string, gone: readonly Tuple[], devices: Devices): string =>
  table(
    name,
    `  set inside { ${SET}; elements = { ${gone.map(({ inside }) => member(inside)).join(', ')} } }
  set outside { ${SET}; elements = { ${gone.map(({ outside }) => member(outside)).join(', ')} } }
  chain path { ${FIRST}
    ${arrives('up', devices)} ip saddr . tcp sport @inside drop
    ${arrives('down', devices)} ip daddr . tcp dport @outside drop
  }`,
  )

export const SET = 'type ipv4_addr . inet_service'

/** How addresses are translated. `remap`: a port of the firewall's own choice, and another one when it has forgotten. */
export type Nat = 'none' | 'masquerade' | 'remap'

/** What is there from the beginning: connection tracking, and translation where it is wanted. */
export const baseRules = (nat: Nat, { brokerDevice }: Devices): string =>
  table(
    'halfopen',
    `  chain tracking { type filter hook forward priority -10; policy accept;
    ct state established counter
  }
${nat === 'none' ? '' : `  chain translation { type nat hook postrouting priority 100;\n    oifname ${brokerDevice} masquerade${nat === 'remap' ? ' fully-random' : ''}\n  }`}`,
  )

/** Shell commands for the kernel's own table of connections. */

/** Longer than any run; nft takes no more than some days. */
export const FOR_EVER_MS = 24 * 3_600_000

export const CONNTRACK = 'conntrack --proto tcp'

/** Whether a packet from the middle of a connection may make the table know it. */
export const loose = (is: boolean): string => `echo ${is ? 1 : 0} >/proc/sys/net/netfilter/nf_conntrack_tcp_loose`
