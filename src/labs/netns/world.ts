import type { FirewallPlace } from '../../link/kinds/firewall/firewall-place.ts'
import { assembled, inTurn } from '../../processes/pool.ts'
import { guardNamespaces, type Namespace, namespaceOf, type Right, startHolder, unshareCommand } from './namespace.ts'
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
}

export interface World extends AsyncDisposable {
  readonly client: WorldSide
  readonly broker: WorldSide
  readonly firewall: FirewallPlace
}

const CLIENT = { host: '10.77.1.2', gateway: '10.77.1.1', device: 'toclient' }

const BROKER = { host: '10.77.2.2', gateway: '10.77.2.1', device: 'tobroker' }

/** Each takes a dozen processes to build: many at once would keep those waiting that are built already. */
const twoAtOnce = inTurn(2)

export const openWorld = (right: Right): Promise<World> => twoAtOnce(() => build(right))

const build = (right: Right): Promise<World> =>
  assembled(async undo => {
    const holder = undo.keep(await startHolder((file, args) => unshareCommand(right, file, args)))
    const firewall = namespaceOf(holder.pid, right)
    const side = async (host: string): Promise<WorldSide> => {
      const opener = undo.keep(await startOpener((file, args) => firewall.enter('unshare', ['--net', file, ...args])))
      return { namespace: namespaceOf(opener.pid, right), opener, host }
    }
    const [client, broker] = await Promise.all([side(CLIENT.host), side(BROKER.host)])
    undo.add(guardNamespaces([firewall.pid, client.opener.pid, broker.opener.pid]))
    await join(firewall, client, broker)
    return {
      client,
      broker,
      firewall: {
        ...firewall,
        clientDevice: CLIENT.device,
        brokerDevice: BROKER.device,
        broker: BROKER.host,
        client: { device: 'eth0', host: CLIENT.host, gateway: CLIENT.gateway },
        inClient: script => `nsenter --target=${client.opener.pid} --net -- sh -e -s <<'END'\n${script}\nEND\n`,
        enterPeer: (which, file, args) => (which === 'client' ? client : broker).namespace.enter(file, args),
      },
      [Symbol.asyncDispose]: () => undo[Symbol.asyncDispose](),
    }
  })

async function join(firewall: Namespace, client: WorldSide, broker: WorldSide): Promise<void> {
  const cable = ({ device, gateway }: typeof CLIENT, { namespace: { pid } }: WorldSide) => `
    ip link add ${device} type veth peer name eth0 netns ${pid}
    ip address add ${gateway}/24 dev ${device}
    ip link set ${device} up`
  await firewall.shell(`
    ip link set lo up
    ${cable(CLIENT, client)}
    ${cable(BROKER, broker)}
    echo 1 >/proc/sys/net/ipv4/ip_forward`)
  const end = ({ host, gateway }: typeof CLIENT) => `
    ip link set lo up
    ip address add ${host}/24 dev eth0
    ip link set eth0 up
    ip route add default via ${gateway}`
  await Promise.all([client.namespace.shell(end(CLIENT)), broker.namespace.shell(end(BROKER))])
}
