import type { Lab, Peers } from '../labs/lab.ts'
import type { Availability, Plugin, Registry } from '../model/plugin.ts'
import type { Scenario } from '../model/scenario.ts'
import type { BrokerKind } from '../peers/brokers/broker.ts'
import type { ClientKind } from '../peers/clients/client.ts'
import { silent } from '../peers/clients/silent.ts'
import {
  type Cast,
  type ClientPeer,
  type Job,
  LEAST_IMPOSED_S,
  type LeftOutPair,
  type Peer,
  SILENT,
} from './ratio-plan.ts'
import { scenarioOf } from './ratio-play.ts'

export interface RatioStage {
  readonly lab: Lab
  readonly peers: Peers
}

/** A peer by name, with what a scenario would give it, already checked; absent options: none, and its defaults. */
export interface WantedPeers {
  readonly name: string
  /** What the table calls it; absent: its name. */
  readonly label?: string
  readonly options?: Readonly<Record<string, unknown>>
}

export interface ChosenPeers {
  readonly cast: Cast
  /** Peers that are not installed, or that this lab can't hold. */
  readonly leftOut: readonly LeftOutPair[]
}

/** The names that can be measured: real programs that need no options. The silent client is an instrument, no peer. */
export const measurable = ({ clients, brokers }: Peers) => ({
  clients: real(clients).filter(name => name !== silent.name),
  brokers: real(brokers),
})

const real = (kinds: Registry<Plugin & { readonly model?: true }>): readonly string[] =>
  [...kinds.values()].filter(kind => !kind.model && kind.options.safeParse({}).success).map(({ name }) => name)

/** Who of the wanted is here. Throws where a name is none of the registry's. */
export async function castOf(
  wanted: { readonly clients: readonly WantedPeers[]; readonly brokers: readonly WantedPeers[] },
  stage: RatioStage,
): Promise<ChosenPeers> {
  const clients = await Promise.all(wanted.clients.map(each => clientIn(each, stage)))
  const brokers = await Promise.all(wanted.brokers.map(each => brokerIn(each, stage)))
  const imposer = await imposerIn(stage)
  return {
    cast: {
      clients: clients.filter(each => 'name' in each),
      brokers: brokers.filter(each => 'name' in each),
      ...(imposer ? { imposer } : {}),
    },
    leftOut: [...clients, ...brokers].filter(each => 'reason' in each),
  }
}

async function clientIn(
  { name, label = name, options }: WantedPeers,
  { peers }: RatioStage,
): Promise<ClientPeer | LeftOutPair> {
  const kind = named('client', name, peers.clients)
  const given = options ?? optionsOf(kind, {})
  const availability = await kind.available(given)
  return availability === true ? called(label, clientPeer(kind, given)) : leftOut(label, availability)
}

const called = <P extends Peer>(label: string, peer: P): P =>
  label === peer.name ? peer : { ...peer, name: label, kind: peer.name }

const clientPeer = (kind: ClientKind, options: Peer['options']): ClientPeer => ({
  name: kind.name,
  options,
  protocols: kind.protocols ?? [4, 5],
  leastKeepaliveS: kind.leastKeepaliveS ?? 1,
  publishes: kind.traffic.publishing,
  isProgram: kind.program === true,
  ...(kind.nameless && { nameless: kind.nameless }),
  ...spoken(kind),
})

/** The lab is asked, since it may hold another program of that name: an image instead of a package. */
async function brokerIn(
  { name, label = name, options }: WantedPeers,
  { lab, peers }: RatioStage,
): Promise<Peer | LeftOutPair> {
  const kind = named('broker', name, peers.brokers)
  const peer = brokerPeer(kind, options ?? optionsOf(kind, {}))
  const admission = await lab.admits(trial(peer, lab))
  return admission === true ? called(label, peer) : leftOut(label, admission)
}

const spoken = ({ dialect }: Plugin): Pick<Peer, 'dialect'> => (dialect === undefined ? {} : { dialect })

const brokerPeer = (kind: BrokerKind, options: Peer['options']): Peer => ({
  name: kind.name,
  options,
  protocols: kind.protocols.filter(level => level === 4 || level === 5),
  ...spoken(kind),
})

/** Where time is faster, short keep-alives can't be played. */
const FASTER_TRIAL_S = 1000

const trial = (broker: Peer, { kind: { speed } }: Lab, kind: Job['kind'] = 'silent'): Scenario => {
  const protocol = kind === 'imposed' || !broker.protocols.includes(4) ? 5 : 4
  return scenarioOf({
    index: 0,
    kind,
    client: SILENT,
    broker,
    protocol,
    // Below that mosquitto takes none that it is to impose.
    keepaliveS: speed ? FASTER_TRIAL_S : kind === 'imposed' ? LEAST_IMPOSED_S : 2,
    traffic: 'idle',
    phase: 0,
    count: 1,
  })
}

/** The first that takes the option and is here. Whether it then imposes anything, its CONNACK says. */
async function imposerIn({ lab, peers }: RatioStage): Promise<Peer | undefined> {
  // What is imposed is short, and so can't be played faster.
  if (lab.kind.speed) return undefined
  for (const kind of peers.brokers.values()) {
    if (kind.model || !kind.protocols.includes(5)) continue
    const options = kind.options.safeParse({ max_keepalive: LEAST_IMPOSED_S })
    if (!options.success) continue
    const peer = brokerPeer(kind, optionsOf(kind, {}))
    if ((await lab.admits(trial(peer, lab, 'imposed'))) === true) return peer
  }
  return undefined
}

function named<P extends Plugin>(noun: string, name: string, kinds: Registry<P>): P {
  const kind = kinds.get(name)
  if (!kind) throw new Error(`no ${noun} is called ${name}; there are ${[...kinds.keys()].join(', ')}`)
  return kind
}

const optionsOf = (kind: Plugin, given: unknown): Peer['options'] => kind.options.parse(given) as Peer['options']

const leftOut = (what: string, { reason, remedy }: Exclude<Availability, true>): LeftOutPair => ({
  what,
  reason,
  ...(remedy === undefined ? {} : { remedy }),
})
