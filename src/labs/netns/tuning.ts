import type { KernelOptions } from '../../link/kinds/firewall/options.ts'
import type { Tcp } from './opener-main.ts'

/** The kernel's settings of one network namespace, as a shell script. */
export const sysctls = ({ keepalive, user_timeout, ...settings }: KernelOptions): string =>
  Object.entries(settings)
    .map(([name, value]) => `echo ${value} >/proc/sys/net/ipv4/${name}`)
    .join('\n')

const SOL_SOCKET = 1
const SO_KEEPALIVE = 9
const IPPROTO_TCP = 6
const TCP_USER_TIMEOUT = 18

/** What the sockets that we open there are set to; socket(7), tcp(7). */
export const socketOptions = ({ keepalive, user_timeout }: KernelOptions): Tcp => [
  ...(keepalive ? [[SOL_SOCKET, SO_KEEPALIVE, 1] as const] : []),
  ...(user_timeout === undefined ? [] : [[IPPROTO_TCP, TCP_USER_TIMEOUT, user_timeout] as const]),
]
