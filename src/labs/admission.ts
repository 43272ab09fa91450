import type { BrokerKind } from '../brokers/broker.ts'
import type { ClientKind } from '../clients/client.ts'
import type { Order } from '../faults/fault.ts'
import type { LinkKind } from '../links/link.ts'
import type { Availability, Plugin, Registry } from '../model/plugin.ts'
import type { Scenario } from '../model/scenario.ts'
import type { Admission, LabKind, Peers } from './lab.ts'
import { describeLack, firstLack } from './orders.ts'

/** The plug-ins that a scenario names. */
export interface Chosen {
  readonly broker: BrokerKind
  readonly client: ClientKind
  readonly link: LinkKind
}

/** Throws where a name is not registered; a loaded scenario has none such. */
export function choose(scenario: Scenario, peers: Peers): Chosen {
  return {
    broker: named('broker', scenario.broker.name, peers.brokers),
    client: named('client', scenario.client.name, peers.clients),
    link: named('link', scenario.link.name, peers.links),
  }
}

function named<P extends Plugin>(noun: string, name: string, plugins: Registry<P>): P {
  const plugin = plugins.get(name)
  if (!plugin) throw new Error(`no ${noun} is called ${name}`)
  return plugin
}

/** Whether this scenario can be played faithfully, and here. What it could never do comes before what is not installed. */
export async function admission(
  scenario: Scenario,
  { broker, client, link }: Chosen,
  orders: readonly Order[],
  lab: Pick<LabKind, 'name' | 'can'>,
): Promise<Admission> {
  const lack = firstLack(orders, { lab: lab.can, link: link.can, broker: broker.can })
  const reason =
    elsewhere(scenario, lab.name) ??
    (lack && describeLack(lack, scenario, lab.name)) ??
    refused(orders, link) ??
    unspoken(scenario, broker) ??
    untalkative(scenario, client)
  if (reason) return { result: 'unsupported', reason }
  return (
    missing(await broker.available(scenario.broker.options)) ??
    missing(await client.available(scenario.client.options)) ??
    missing((await link.available?.(scenario.link.options)) ?? true) ??
    true
  )
}

const elsewhere = ({ lab: labs }: Scenario, lab: string): string | undefined =>
  labs && !labs.includes(lab) ? `the scenario is for the lab ${labs.join(', ')}` : undefined

const refused = (orders: readonly Order[], link: LinkKind): string | undefined =>
  orders.map(order => (order.to === 'link' ? link.refusal?.(order) : undefined)).find(refusal => refusal !== undefined)

const unspoken = ({ client }: Scenario, broker: BrokerKind): string | undefined =>
  broker.protocols.includes(client.protocol)
    ? undefined
    : `${broker.name} does not speak MQTT ${client.protocol === 5 ? '5.0' : '3.1.1'}`

function untalkative({ client: { traffic } }: Scenario, client: ClientKind): string | undefined {
  if (traffic.publishing && !client.traffic.publishing) return `the client ${client.name} can't be asked to publish`
  if (traffic.receiving && !client.traffic.receiving) return `the client ${client.name} can't be asked to subscribe`
  return undefined
}

const missing = (availability: Availability): Admission | undefined =>
  availability === true ? undefined : { result: 'missing', ...availability }
