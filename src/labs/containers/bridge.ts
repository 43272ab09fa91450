import { BlockList, createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { z } from 'zod'
import { askEngine } from './engine.ts'

const network = z.object({
  IPAM: z.object({ Config: z.array(z.object({ Subnet: z.string().optional(), Gateway: z.string().optional() })) }),
})
const info = z.object({ SecurityOptions: z.array(z.string()).nullish() })

/**
 * This machine's own address in the network of Docker's default bridge: containers reach it, no other machine does.
 * `undefined` where there is none: Docker Desktop, a rootless engine, one on another machine.
 */
export async function bridgeAddress(): Promise<string | undefined> {
  const [bridge, engine] = [
    network.safeParse(await askEngine('/networks/bridge')),
    info.safeParse(await askEngine('/info')),
  ]
  // Its bridge is in a network namespace of its own, though one of the same address may be here too.
  if (!bridge.success || engine.data?.SecurityOptions?.some(option => option.includes('rootless'))) return undefined
  for (const { Subnet = '', Gateway } of bridge.data.IPAM.Config) {
    for (const address of candidates(Subnet, Gateway)) if (await isOurs(address)) return address
  }
  return undefined
}

/** The gateway is ours beside the engine. In a container of its own, as where its socket is mounted, it is another. */
function candidates(subnet: string, gateway: string | undefined): string[] {
  const [base = '', prefix] = subnet.split('/')
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(base)) return []
  const within = new BlockList()
  within.addSubnet(base, Number(prefix), 'ipv4')
  // Docker gives the first address to itself, and does not always say so.
  const first = base.replace(/(?<!\d)\d+$/, last => String(Number(last) + 1))
  return [gateway ?? first, ...ownAddresses().filter(address => within.check(address, 'ipv4'))]
}

/** IPv4, of interfaces that are up. A bridge without containers is not. */
export const ownAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap(list =>
    (list ?? []).filter(({ family }) => family === 'IPv4').map(({ address }) => address),
  )

/** Whether it can be listened on. Which addresses a machine has is not all told by its interfaces: one may be down. */
export const isOurs = (address: string): Promise<boolean> =>
  new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(0, address, () => server.close(() => resolve(true)))
  })
