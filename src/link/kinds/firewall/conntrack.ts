/** Shell commands for the kernel's own table of connections. */

/** Longer than any run; nft takes no more than some days. */
export const FOR_EVER_MS = 24 * 3_600_000

export const CONNTRACK = 'conntrack --proto tcp'

/** Whether a packet from the middle of a connection may make the table know it. */
export const loose = (is: boolean): string => `echo ${is ? 1 : 0} >/proc/sys/net/netfilter/nf_conntrack_tcp_loose`
