/** Shell commands for the kernel's own table of connections. */
import type { TrackedFlow } from './flow.ts'

/** Longer than any run; nft takes no more than some days. */
export const FOR_EVER_MS = 24 * 3_600_000

export const CONNTRACK = 'conntrack --proto tcp'

/** Whether a packet from the middle of a connection may make the table know it. */
export const loose = (is: boolean): string => `echo ${is ? 1 : 0} >/proc/sys/net/netfilter/nf_conntrack_tcp_loose`

/** Takes a flow out of the table; no error where it is not there. */
export function forget({ inside }: Pick<TrackedFlow, 'inside'>): string {
  const [address, port] = inside.split(':')
  return `${CONNTRACK} --delete --orig-src ${address} --orig-port-src ${port} || true`
}
