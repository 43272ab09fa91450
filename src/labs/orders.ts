import { type Capability, capabilityFor, type Fault, type Order } from '../faults/fault.ts'
import { toxics } from '../link/toxics/index.ts'
import type { Registry } from '../model/plugin.ts'
import type { Scenario } from '../model/scenario.ts'
import type { BrokerKind } from '../peers/brokers/broker.ts'
import type { ClientKind } from '../peers/clients/client.ts'

/** Every order that the timeline will give, on and off. Throws where a fault is not known. */
export function ordersOf(scenario: Scenario, faults: Registry<Fault>): readonly Order[] {
  const keepaliveMs = scenario.client.keepaliveS * 1000
  return scenario.timeline.flatMap(({ fault, for: length }) => {
    const kind = faults.get(fault.name)
    if (!kind) throw new Error(`no fault is called ${fault.name}`)
    return [...kind.on(fault.options, keepaliveMs), ...(length ? kind.off(fault.options, keepaliveMs) : [])]
  })
}

/** What an order needs that is not to be had here; `undefined` where nothing is missing. */
interface Lack {
  readonly needs: Capability
  /** Who can't: the lab, its link, its broker or its client. */
  readonly who: 'lab' | 'link' | 'broker' | 'client'
}

interface Abilities {
  readonly lab: ReadonlySet<Capability>
  readonly link: ReadonlySet<Capability>
  readonly broker: ReadonlySet<Capability>
  readonly client: ReadonlySet<Capability>
}

/** What is a process of its own can be stopped; a client of ours gets one for it (peers/clients/hosted-client.ts). */
export const clientAbilities = ({ program, home }: Pick<ClientKind, 'program' | 'home'>): ReadonlySet<Capability> =>
  new Set(program === true || home !== undefined ? ['client:freeze', 'client:thaw', 'client:clock'] : [])

/** What lives where it is put can be put before other clocks. */
export const brokerAbilities = ({ can, movable }: Pick<BrokerKind, 'can' | 'movable'>): ReadonlySet<Capability> =>
  new Set<Capability>([...can, ...(movable ? (['broker:clock'] as const) : [])])

/** Such a scenario's client can't share its process with those of other scenarios. */
export const stopsClient = (orders: readonly Order[]): boolean => orders.some(order => order.to === 'client')

export function firstLack(orders: readonly Order[], can: Abilities): Lack | undefined {
  for (const order of orders) {
    const needs = capabilityFor(order)
    if (!needs) continue
    // Where no peer can, that is said of the lab.
    if (order.to === 'client' && !can.lab.has(needs)) return { needs, who: 'lab' }
    if (!can[order.to].has(needs)) return { needs, who: order.to }
    if (!can.lab.has(needs)) return { needs, who: 'lab' }
  }
  return undefined
}

/** Such a scenario gets a broker of its own: what is done to it would be done to every other run as well. */
export const harmsBroker = (orders: readonly Order[]): boolean => orders.some(order => order.to === 'broker')

const SIGNAL_WORDS: Readonly<Record<string, string>> = {
  freeze: 'be frozen',
  thaw: 'be thawed',
  kill: 'be killed',
  restart: 'be restarted',
  clock: 'have its clock set',
}

const MOVE_WORDS: Readonly<Record<string, string>> = {
  address: "change the client's address",
  port: "give the client's flows another port: there is no NAT outside of the lab netns",
  down: "take the client's interface down: there is one in the lab netns only",
}

/** In words: `the broker aedes can't be frozen`. */
export function describeLack({ needs, who }: Lack, scenario: Scenario, lab: string): string {
  const name = who === 'lab' ? lab : scenario[who].name
  const [kind, what = ''] = needs.split(':')
  const deed =
    kind === 'broker' || kind === 'client'
      ? (SIGNAL_WORDS[what] ?? what)
      : kind === 'toxic'
        ? `do ${what}`
        : kind === 'move'
          ? (MOVE_WORDS[what] ?? what)
          : kind === 'limit'
            ? `forget its oldest connection for a new one`
            : `end a connection by ${what.toUpperCase()}`
  if (who === 'lab' && (kind === 'broker' || kind === 'client')) return `in the lab ${name} no ${kind} can ${deed}`
  return `the ${who} ${name} can't ${deed}`
}

/** Real sockets and processes of this machine: whatever a toxic or a signal can do. */
export const ON_SOCKETS: ReadonlySet<Capability> = new Set<Capability>([
  ...[...toxics.keys()].map((name): Capability => `toxic:${name}`),
  'limit:sessions',
  'move:address',
  'end:fin',
  'end:rst',
  'broker:freeze',
  'broker:thaw',
  'broker:kill',
  'broker:restart',
  'client:freeze',
  'client:thaw',
])

/** The same where peers are processes of this machine that we start: their clocks can be set too. */
export const WITH_CLOCKS: ReadonlySet<Capability> = new Set<Capability>([...ON_SOCKETS, 'broker:clock', 'client:clock'])
