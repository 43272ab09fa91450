import type { Order } from '../faults/fault.ts'
import type { LinkKind } from '../link/kinds/link.ts'
import { toxics } from '../link/toxics/index.ts'
import type { Availability, Plugin, Registry } from '../model/plugin.ts'
import type { Scenario } from '../model/scenario.ts'
import type { BrokerKind } from '../peers/brokers/broker.ts'
import type { ClientKind } from '../peers/clients/client.ts'
import { type Access, isTls, isWebSocket, sealOf } from '../peers/reach/access.ts'
import type { Admission, Heavy, LabKind, Peers } from './lab.ts'
import { brokerAbilities, clientAbilities, describeLack, firstLack } from './orders.ts'

/** The plug-ins that a scenario names. */
export interface ChosenPlugins {
  readonly broker: BrokerKind
  readonly client: ClientKind
  readonly link: LinkKind
}

/** Throws where a name is not registered; a loaded scenario has none such. What is made of a profile is made here. */
export function choose(scenario: Scenario, peers: Peers): ChosenPlugins {
  const broker = named('broker', scenario.broker.name, peers.brokers)
  const client = named('client', scenario.client.name, peers.clients)
  const { profile: ofBroker } = scenario.broker
  const { profile: ofClient } = scenario.client
  return {
    broker: (ofBroker && broker.ofProfile?.(ofBroker)) ?? broker,
    client: (ofClient && client.ofProfile?.(ofClient)) ?? client,
    link: named('link', scenario.link.name, peers.links),
  }
}

function named<P extends Plugin>(noun: string, name: string, plugins: Registry<P>): P {
  const plugin = plugins.get(name)
  if (!plugin) throw new Error(`no ${noun} is called ${name}`)
  return plugin
}

/** What comes by a recipe is a program of its own, in whatever language; the rest is in processes of ours, or as light as mosquitto. */
export const heavyOf = ({ broker, client }: ChosenPlugins): Heavy => ({
  broker: broker.recipe !== undefined,
  client: client.recipe !== undefined,
})

/** Whether this scenario can be played faithfully, and here. What it could never do comes before what is not installed. */
export async function admission(
  scenario: Scenario,
  { broker, client, link }: ChosenPlugins,
  orders: readonly Order[],
  lab: Pick<LabKind, 'name' | 'can' | 'fleets' | 'dialects'>,
): Promise<Admission> {
  const lack = firstLack(orders, {
    lab: lab.can,
    link: link.can,
    broker: brokerAbilities(broker),
    client: clientAbilities(client),
  })
  const reason =
    elsewhere(scenario, lab.name) ??
    (lack && describeLack(lack, scenario, lab.name)) ??
    refused(orders, link) ??
    dialectLack(broker, lab) ??
    brokerLack(scenario, broker) ??
    clientLack(scenario, client) ??
    trafficLack(scenario, client) ??
    fleetLack(scenario, { broker, client, link }, orders, lab) ??
    handshakeless(scenario, link, orders) ??
    unreachable(scenario, { broker, client, link }, orders)
  if (reason) return { result: 'unsupported', reason }
  return (
    missing(await broker.available(scenario.broker.options)) ??
    missing(await client.available(scenario.client.options)) ??
    missing((await link.available?.(scenario.link.options)) ?? true) ??
    true
  )
}

/** Where a lab reaches its broker in one way only. */
export const plainOnly = (broker: string, lab: string, { scheme }: Access): string =>
  `the lab ${lab} speaks plain MQTT with the broker ${broker}, and not ${scheme}; the labs local and accelerated do`

const elsewhere = ({ lab: labs }: Scenario, lab: string): string | undefined =>
  labs && !labs.includes(lab) ? `the scenario is for the lab ${labs.join(', ')}` : undefined

const refused = (orders: readonly Order[], link: LinkKind): string | undefined =>
  orders.map(order => (order.to === 'link' ? link.refusal?.(order) : undefined)).find(refusal => refusal !== undefined)

const dialectLack = ({ name, dialect }: BrokerKind, lab: Pick<LabKind, 'name' | 'dialects'>): string | undefined =>
  dialect === undefined || lab.dialects
    ? undefined
    : `the lab ${lab.name} plays MQTT alone, and ${name} does not speak it; the lab local does`

function brokerLack({ client }: Scenario, broker: BrokerKind): string | undefined {
  const { share, expiryS } = client.traffic.receiving ?? {}
  const protocol = expiryS === undefined ? client.protocol : 5
  if (!broker.protocols.includes(protocol)) return `${broker.name} does not speak ${specOf(protocol)}`
  return share && !broker.shares ? `${broker.name} has no shared subscriptions` : undefined
}

const specOf = (protocol: 4 | 5): string => (protocol === 5 ? 'MQTT 5.0' : 'MQTT 3.1.1')

function clientLack({ client: { protocol, keepaliveS } }: Scenario, client: ClientKind): string | undefined {
  const { protocols = [4, 5], leastKeepaliveS = 1 } = client
  if (!protocols.includes(protocol)) return `the client ${client.name} does not speak ${specOf(protocol)}`
  if (keepaliveS > 0 && keepaliveS < leastKeepaliveS)
    return `the client ${client.name} takes no keep-alive below ${leastKeepaliveS} s`
  return undefined
}

function trafficLack({ client: { traffic } }: Scenario, client: ClientKind): string | undefined {
  if (traffic.publishing && !client.traffic.publishing) return `the client ${client.name} can't be asked to publish`
  if (traffic.receiving && !client.traffic.receiving) return `the client ${client.name} can't be asked to subscribe`
  return undefined
}

/** The link of a fleet is its own, with the toxics of ours, and reads nothing of most connections. */
function fleetLack(
  scenario: Scenario,
  { client, link }: Parts,
  orders: readonly Order[],
  lab: Pick<LabKind, 'name' | 'fleets'>,
): string | undefined {
  if (!client.fleet) return undefined
  if (!lab.fleets) return `a fleet can't be played in the lab ${lab.name}`
  if (!link.doors) return `a fleet stands at a link of its own, which is no ${link.name}`
  if ((link.opens?.(scenario.link.options) ?? []).length > 0) return 'a fleet speaks no TLS'
  const reader = orders.find(
    order => order.to === 'link' && order.do === 'add' && toxics.get(order.toxic)?.readsPackets,
  )
  if (reader?.to !== 'link' || reader.do !== 'add') return undefined
  return `the link of a fleet does not read its packets, so it can't tell them apart to ${reader.toxic} them`
}

const missing = (availability: Availability): Admission | undefined =>
  availability === true ? undefined : { result: 'missing', ...availability }

interface Parts {
  readonly broker: BrokerKind
  readonly client: ClientKind
  readonly link: LinkKind
}

/** Why this client can't be tested with what this broker asks for: TLS, WebSocket, user and password. */
function unreachable(scenario: Scenario, parts: Parts, orders: readonly Order[]): string | undefined {
  const access = parts.broker.access?.(scenario.broker.options)
  if (!access) return needless({ scheme: 'mqtt' }, scenario, parts.link)
  return (
    unable(access, parts.client) ?? needless(access, scenario, parts.link) ?? unseen(access, scenario, parts, orders)
  )
}

function unable(access: Access, client: ClientKind): string | undefined {
  // docs/drivers.md has no word for it.
  if (client.program && access.passphrase !== undefined)
    return `the client ${client.name} can't be told the passphrase of its key`
  if (client.schemes && !client.schemes.includes(access.scheme))
    return `the client ${client.name} does not speak ${access.scheme}; it does ${client.schemes.join(', ')}`
  // A model keeps to the rules of its library's keep-alive, and to nothing else of it.
  if (!client.bare && !client.model) return undefined
  if (isTls(access)) return `the client ${client.name} does not speak TLS`
  if (isWebSocket(access)) return `the client ${client.name} does not speak over a WebSocket`
  const named = access.username !== undefined || access.password !== undefined
  return named ? `the client ${client.name} has no user and password to give` : undefined
}

/** A fault of handshakes, where the link takes part in none. */
function handshakeless({ link: { options } }: Scenario, link: LinkKind, orders: readonly Order[]): string | undefined {
  const isThere = orders.some(
    order => order.to === 'link' && order.do === 'add' && toxics.get(order.toxic)?.readsHandshakes,
  )
  if (!isThere || link.opens?.(options).includes('TLS')) return undefined
  return 'handshakes pass the link unread: say link: { tls: inspect }, with a broker that speaks TLS'
}

/** What the link is asked to open and is not there. */
function needless(access: Access, { link: { options } }: Scenario, link: LinkKind): string | undefined {
  const asked = link.opens?.(options).includes('TLS') === true
  return asked && !isTls(access) ? `the broker speaks ${access.scheme}, and there is no TLS to inspect` : undefined
}

/** What takes packets to be seen, where the link sees bytes only. */
function unseen(
  access: Access,
  { client: { count }, link: { options } }: Scenario,
  { client, link }: Parts,
  orders: readonly Order[],
): string | undefined {
  const seal = sealOf(access, link.opens?.(options))
  if (!seal) return undefined
  const blind = `the link can't read ${seal}`
  if (client.untold) return `${blind}, and the client ${client.name} does not tell when it is connected`
  const reader = orders.find(
    order => order.to === 'link' && order.do === 'add' && toxics.get(order.toxic)?.readsPackets,
  )
  if (reader?.to === 'link' && reader.do === 'add')
    return `${blind}, so it can't tell packets apart to ${reader.toxic} them`
  if (count > 1 && !link.doors) return `${blind}, and with the link ${link.name} not whose connection is whose`
  return undefined
}
