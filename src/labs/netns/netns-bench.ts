import type { Kit } from '../../clock/kit.ts'
import type { LinkOrder, Order } from '../../faults/fault.ts'
import { firewallFrom } from '../../link/kinds/firewall/firewall-kind.ts'
import type { FirewallOptions, KernelOptions } from '../../link/kinds/firewall/options.ts'
import type { Scenario } from '../../model/scenario.ts'
import type { Network, StartContext } from '../../peers/brokers/broker.ts'
import { type ClientPath, clientIdPrefix, contextOf } from '../../peers/clients/client-identity.ts'
import { assembled } from '../../processes/pool.ts'
import type { ChosenPlugins } from '../admission.ts'
import { clientLabel, familiar, labelled } from '../bench.ts'
import type { Bench } from '../lab.ts'
import { startWitness, witnessFor } from '../mqttjs-witness.ts'
import type { Right } from './namespace.ts'
import { RemoteSocket } from './opener.ts'
import type { Tcp } from './opener-main.ts'
import { openWorld, type World, type WorldSide } from './world.ts'

/** Nobody else is there, so every port is free. */
const PORT = 1883

/** A world of its own for each run, with its broker in it. What was begun is ended in reverse, also where a later part fails. */
export async function openNetnsBench(
  scenario: Scenario,
  kit: Kit,
  { broker: kind, client, orders }: ChosenPlugins & { readonly orders: readonly Order[] },
  right: Right,
): Promise<Bench> {
  return assembled(async (undo): Promise<Bench> => {
    const options = scenario.link.options as FirewallOptions
    const world = undo.keep(await openWorld(right))
    await tune(world, options)
    const within = brokerNetwork(world, options)
    const broker = undo.keep(await kind.start(scenario.broker.options, within))
    undo.add(broker.watch(clientIdPrefix(kit.runId), kit.record, kit.clock))
    const { record, runId, clock } = kit
    const { address, dial } = within.network
    const beside = { ...witnessFor(scenario), record, runId, clock, address, dial }
    const witness = undo.keep(await startWitness(beside))
    const linkKind = firewallFrom({ open: async () => world.firewall, available: async () => true })
    const linkOrders = orders.filter((order): order is LinkOrder => order.to === 'link')
    const context = { kit, options, orders: linkOrders, upstream: address, latencyMs: 0, jitterMs: 0 }
    const link = undo.keep(await linkKind.start(context))
    const way = clientPath(world, options)
    const versions = {
      link: linkKind.name,
      broker: labelled(familiar(kind, broker), broker.version),
      client: await clientLabel(client, scenario.client.options),
    }
    return {
      link,
      broker,
      witness,
      versions,
      startClient: async device => undo.keep(await client.start(contextOf(scenario, kit, device, way))),
      [Symbol.asyncDispose]: () => undo[Symbol.asyncDispose](),
    }
  })
}

async function tune({ client, broker }: World, options: FirewallOptions): Promise<void> {
  if (options.client) await client.shell(sysctls(options.client))
  if (options.broker) await broker.shell(sysctls(options.broker))
}

/** The broker's own network. What is dialled from there does not pass the firewall. */
function brokerNetwork({ broker }: World, options: FirewallOptions): StartContext & { readonly network: Network } {
  const address = { host: broker.host, port: PORT }
  return {
    enter: (file, args) => broker.namespace.enter(file, args),
    network: {
      address,
      listen: () => broker.opener.listen(address, socketOptions(options.broker ?? {})),
      dial: () => dialFrom(broker, address, []),
    },
  }
}

function clientPath({ client, broker }: World, options: FirewallOptions): ClientPath {
  const address = { host: broker.host, port: PORT }
  return {
    address,
    dial: () => dialFrom(client, address, socketOptions(options.client ?? {})),
    enter: (file, args) => client.namespace.enter(file, args),
  }
}

const dialFrom = (
  { opener }: WorldSide,
  address: { host: string; port: number },
  tcp: ReturnType<typeof socketOptions>,
) => new RemoteSocket(signal => opener.dial(address, tcp, signal))

/** The kernel's settings of one network namespace, as a shell script. */
const sysctls = ({ keepalive, user_timeout, ...settings }: KernelOptions): string =>
  Object.entries(settings)
    .map(([name, value]) => `echo ${value} >/proc/sys/net/ipv4/${name}`)
    .join('\n')

const SOL_SOCKET = 1
const SO_KEEPALIVE = 9
const IPPROTO_TCP = 6
const TCP_USER_TIMEOUT = 18

/** What the sockets that we open there are set to; socket(7), tcp(7). */
const socketOptions = ({ keepalive, user_timeout }: KernelOptions): Tcp => [
  ...(keepalive ? [[SOL_SOCKET, SO_KEEPALIVE, 1] as const] : []),
  ...(user_timeout === undefined ? [] : [[IPPROTO_TCP, TCP_USER_TIMEOUT, user_timeout] as const]),
]
