/** What the kernel of a peer says of its sockets: /proc/net/tcp, see Linux Documentation/networking/proc_net_tcp.rst. */

/** Whether a program still holds its end. `closed`: it has closed, `gone`: the kernel has given it up. */
export type SocketState = 'open' | 'closed' | 'gone'

/** include/net/tcp_states.h: ESTABLISHED, SYN_SENT, SYN_RECV, CLOSE_WAIT. */
const OPEN: ReadonlySet<string> = new Set(['01', '02', '03', '08'])
const ROW = /^ *\d+: [0-9A-F]{8}:([0-9A-F]{4}) [0-9A-F]{8}:([0-9A-F]{4}) ([0-9A-F]{2}) /gm

/** By local and remote port. */
export function socketState(procNetTcp: string, localPort: number, remotePort: number): SocketState {
  for (const [, local = '', remote = '', state = ''] of procNetTcp.matchAll(ROW)) {
    if (parseInt(local, 16) !== localPort || parseInt(remote, 16) !== remotePort) continue
    return OPEN.has(state) ? 'open' : 'closed'
  }
  return 'gone'
}
