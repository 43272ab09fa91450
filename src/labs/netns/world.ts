import { startExecutor } from '../../link/kinds/firewall/executor.ts'
import type { FirewallPlace } from '../../link/kinds/firewall/firewall-place.ts'
import { assembled, inTurn } from '../../processes/pool.ts'
import { guardNamespaces, type Namespace, namespaceOf, type Right, unshareCommand } from './namespace.ts'
import { type Opener, startOpener } from './opener.ts'

/**
 * Three network namespaces, joined as a router joins two networks:
 *
 *   client 10.77.1.2 --- 10.77.1.1 firewall 10.77.2.1 --- 10.77.2.2 broker
 *
 * Each run has a world of its own, so no two share a table, and all can have the same addresses. None has a name: a
 * world is gone with its three processes.
 */

export interface WorldSide {
  readonly namespace: Namespace
  readonly opener: Opener
  readonly host: string
  /** A shell script in its network, to its end; rejects where any command of it fails. */
  shell(script: string): Promise<unknown>
}

export interface World extends AsyncDisposable {
  readonly client: WorldSide
  readonly broker: WorldSide
  readonly firewall: FirewallPlace
}

const CLIENT = { host: '10.77.1.2', gateway: '10.77.1.1', device: 'toclient' }

const BROKER = { host: '10.77.2.2', gateway: '10.77.2.1', device: 'tobroker' }

/** Each takes half a dozen processes to build: many at once would keep those waiting that are built already. */
const twoAtOnce = inTurn(2)

export const openWorld = (right: Right): Promise<World> => twoAtOnce(() => build(right))

const build = (right: Right): Promise<World> =>
  assembled(async undo => {
    const holder = undo.keep(await startExecutor((file, args) => unshareCommand(right, file, args)))
    const firewall = namespaceOf(holder.pid, right)
    // Its shell starts what is needed here: to fork our own process would take longer, the more memory it has.
    const executor = holder.executor(0)
    const side = async (host: string): Promise<WorldSide> => {
      const opener = undo.keep(await startOpener((file, args) => firewall.enter('unshare', ['--net', file, ...args])))
      const inside = within(opener.pid)
      return {
        namespace: namespaceOf(opener.pid, right),
        opener,
        host,
        shell: (script: string) => executor.shell(inside(script)),
      }
    }
    const [client, broker] = await Promise.all([side(CLIENT.host), side(BROKER.host)])
    undo.add(guardNamespaces([firewall.pid, client.opener.pid, broker.opener.pid]))
    await executor.shell(joined(client, broker))
    return {
      client,
      broker,
      firewall: {
        ...firewall,
        clientDevice: CLIENT.device,
        brokerDevice: BROKER.device,
        broker: BROKER.host,
        client: { device: 'eth0', host: CLIENT.host, gateway: CLIENT.gateway },
        executor: holder.executor,
        inClient: within(client.opener.pid),
        enterPeer: (which, file, args) => (which === 'client' ? client : broker).namespace.enter(file, args),
      },
      [Symbol.asyncDispose]: () => undo[Symbol.asyncDispose](),
    }
  })

/** A shell script that carries out this one in the network of a process; for the firewall's own shell. */
const within = (pid: number) => (script: string) =>
  `nsenter --target=${pid} --net -- sh -e -s <<'END'\n${script}\nEND\n`

/** The cables and the addresses, for the firewall's own shell. */
function joined(client: WorldSide, broker: WorldSide): string {
  const cable = ({ device, gateway }: typeof CLIENT, { namespace: { pid } }: WorldSide) => `
    ip link add ${device} type veth peer name eth0 netns ${pid}
    ip address add ${gateway}/24 dev ${device}
    ip link set ${device} up`
  const end = ({ host, gateway }: typeof CLIENT) => `
    ip link set lo up
    ip address add ${host}/24 dev eth0
    ip link set eth0 up
    ip route add default via ${gateway}`
  return `
    ip link set lo up
    ${cable(CLIENT, client)}
    ${cable(BROKER, broker)}
    echo 1 >/proc/sys/net/ipv4/ip_forward
${within(client.namespace.pid)(end(CLIENT))}${within(broker.namespace.pid)(end(BROKER))}`
}
