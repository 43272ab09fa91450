import type { Order } from '../faults/fault.ts'
import type { LinkKind } from '../link/kinds/link.ts'
import { toxics } from '../link/toxics/index.ts'
import type { Scenario } from '../model/scenario.ts'
import type { BrokerKind } from '../peers/brokers/broker.ts'
import type { ClientKind } from '../peers/clients/client.ts'
import { type Access, sealOf } from '../peers/reach/access.ts'

interface Parts {
  readonly broker: BrokerKind
  readonly client: ClientKind
  readonly link: LinkKind
}

/** Why this client can't be tested with what this broker asks for: TLS, WebSocket, user and password. */
export function unreachable(scenario: Scenario, parts: Parts, orders: readonly Order[]): string | undefined {
  const access = parts.broker.access?.(scenario.broker.options)
  if (!access) return undefined
  return unable(access, parts.client) ?? unseen(access, scenario, parts, orders)
}

function unable(access: Access, client: ClientKind): string | undefined {
  // docs/drivers.md has no word for it.
  if (client.program && access.passphrase !== undefined)
    return `the client ${client.name} can't be told the passphrase of its key`
  if (client.schemes && !client.schemes.includes(access.scheme))
    return `the client ${client.name} does not speak ${access.scheme}; it does ${client.schemes.join(', ')}`
  // A model keeps to the rules of its library's keep-alive, and to nothing else of it.
  if (!client.bare && !client.model) return undefined
  const seal = sealOf(access)
  if (seal) return `the client ${client.name} does not speak ${seal === 'TLS' ? 'TLS' : 'over a WebSocket'}`
  const named = access.username !== undefined || access.password !== undefined
  return named ? `the client ${client.name} has no user and password to give` : undefined
}

/** What takes packets to be seen, where the link sees bytes only. */
function unseen(
  access: Access,
  { client: { count } }: Scenario,
  { client, link }: Parts,
  orders: readonly Order[],
): string | undefined {
  const seal = sealOf(access)
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
