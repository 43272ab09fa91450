/** The one place where every plug-in meets: everything else knows them by contract. */

import { faults } from './faults/index.ts'
import { notFaults } from './faults/not-faults.ts'
import { checks } from './judge/checks/index.ts'
import { labs } from './labs/index.ts'
import type { Lab, LabSettings, Peers } from './labs/lab.ts'
import { links } from './link/kinds/index.ts'
import type { Vocabulary } from './model/plugin.ts'
import { brokers as realBrokers } from './peers/brokers/index.ts'
import { clients as realClients } from './peers/clients/index.ts'
import { brokerModels as fixedBrokerModels } from './peers/models/brokers/index.ts'
import { measuredBroker } from './peers/models/brokers/measured-broker-model.ts'
import { clientModels as fixedClientModels } from './peers/models/clients/index.ts'
import { measuredClient } from './peers/models/clients/measured-client-model.ts'
import { joined, type Kinds, type PluginSet } from './plugin-set.ts'
import { reporters } from './reporters/index.ts'

const brokerModels: Peers['brokers'] = new Map([...fixedBrokerModels, [measuredBroker.name, measuredBroker]])
const clientModels: Peers['clients'] = new Map([...fixedClientModels, [measuredClient.name, measuredClient]])

/** All that scenarios may name, and who is meant by it: halfopen's own plug-ins and those of a project. */
export interface Catalog extends Omit<Kinds, 'brokers' | 'clients'> {
  /** Where time is real. */
  readonly peers: Peers
  readonly brokers: Peers['brokers']
  readonly clients: Peers['clients']
  readonly vocabulary: Vocabulary
  /** Who is meant by a name in this lab. */
  peersIn(lab: string): Peers
  /** Disposing it ends what lives in it. Throws where no lab is called so. */
  openLab(name: string, settings?: LabSettings): Lab
  /** Whether its time is no real one. */
  isVirtual(lab: string): boolean
}

/** halfopen's own plug-ins with those of these packages. Throws a `PluginError` with all that is wrong with them. */
export function catalogOf(sets: readonly PluginSet[]): Catalog {
  const ours: Kinds = {
    faults,
    checks,
    links,
    labs,
    reporters,
    brokers: named(realBrokers, brokerModels),
    clients: named(realClients, clientModels),
  }
  const kinds = joined(ours, sets)
  const own = <P>(all: ReadonlyMap<string, P>, known: ReadonlyMap<string, unknown>) =>
    [...all].filter(([name]) => !known.has(name))
  const outsideBrokers = own(kinds.brokers, ours.brokers)
  const outsideClients = own(kinds.clients, ours.clients)
  const beside = { links: kinds.links, faults: kinds.faults }
  const peers: Peers = { brokers: kinds.brokers, clients: kinds.clients, ...beside }
  const simulatedPeers: Peers = {
    brokers: new Map([...realBrokers, ...brokerModels, ...outsideBrokers]),
    clients: new Map([...realClients, ...standIns, ...outsideClients]),
    ...beside,
  }
  const vocabulary: Vocabulary = { ...kinds, notFaults, labs: [...kinds.labs.keys()] }
  const isVirtual = (lab: string): boolean => kinds.labs.get(lab)?.virtual === true
  const peersIn = (lab: string): Peers => (isVirtual(lab) ? simulatedPeers : peers)
  return {
    ...kinds,
    peers,
    vocabulary,
    isVirtual,
    peersIn,
    openLab(name, settings) {
      const kind = kinds.labs.get(name)
      if (!kind) throw new Error(`no lab is called ${name}; there are ${vocabulary.labs.join(', ')}`)
      return kind.create(peersIn(name), settings)
    },
  }
}

/**
 * Where time is real, a name means the real program, and its model only where there is no program; in a simulation the model
 * stands for the program of the same name. A model says of itself that it is one.
 */
const named = <P>(real: ReadonlyMap<string, P>, models: ReadonlyMap<string, P>): ReadonlyMap<string, P> =>
  new Map([...real, ...models, ...real])

/** Each knows for whom it stands, and so which version of it this machine has. */
const standIns: Peers['clients'] = new Map(
  [...clientModels].map(([name, model]) => {
    const real = realClients.get(name)
    return [name, real ? { ...model, standsFor: real } : model]
  }),
)

/** Without any package of others. */
export const builtIn: Catalog = catalogOf([])
export const { brokers, clients, peers, vocabulary, peersIn, openLab, isVirtual } = builtIn
export { checks, faults, labs, links }
