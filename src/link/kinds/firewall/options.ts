import { z } from 'zod'

const seconds = z.number().int().min(1).max(32_767)

/** What the kernel of one peer is set to; tcp(7) and Linux Documentation/networking/ip-sysctl.rst. */
const kernel = z
  .strictObject({
    tcp_retries2: z
      .number()
      .int()
      .min(1)
      .max(15)
      .exactOptional()
      .describe('retransmissions before ETIMEDOUT; default 15'),
    tcp_keepalive_time: seconds.exactOptional().describe('seconds of silence before the first probe; default 7200'),
    tcp_keepalive_intvl: seconds.exactOptional().describe('seconds between two probes; default 75'),
    tcp_keepalive_probes: z
      .number()
      .int()
      .min(1)
      .max(127)
      .exactOptional()
      .describe('probes before ETIMEDOUT; default 9'),
    tcp_syn_retries: z
      .number()
      .int()
      .min(1)
      .max(127)
      .exactOptional()
      .describe('SYNs before connect gives up; default 6'),
    keepalive: z.boolean().exactOptional().describe('SO_KEEPALIVE on the sockets that halfopen itself opens there'),
    user_timeout: z
      .number()
      .int()
      .min(1)
      .exactOptional()
      .describe('milliseconds: TCP_USER_TIMEOUT on the sockets that halfopen itself opens there'),
  })
  .describe('how the kernel of that peer treats its TCP')

export const options = z.strictObject({
  nat: z
    .enum(['none', 'masquerade', 'remap'])
    .default('none')
    .describe("remap: behind a port of the firewall's choice, and another one after it has forgotten"),
  timer: z
    .enum(['sysctl', 'ct-timeout'])
    .default('sysctl')
    .describe('what sets the time-out of connection tracking: one for all, or a policy for the broker’s port alone'),
  client: kernel.exactOptional(),
  broker: kernel.exactOptional(),
})
export type FirewallOptions = z.infer<typeof options>
export type KernelOptions = z.infer<typeof kernel>
