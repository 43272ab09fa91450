/** The one place where every plug-in meets: everything else knows them by contract. */
import { brokers as realBrokers } from './brokers/index.ts'
import { checks } from './checks/index.ts'
import { clients as realClients } from './clients/index.ts'
import { faults } from './faults/index.ts'
import { notFaults } from './faults/not-faults.ts'
import { labs } from './labs/index.ts'
import type { Lab, Peers } from './labs/lab.ts'
import { links } from './links/index.ts'
import type { Vocabulary } from './model/vocabulary.ts'
import { brokerModels as fixedBrokerModels } from './models/brokers/index.ts'
import { measuredBroker } from './models/brokers/measured.ts'
import { clientModels as fixedClientModels } from './models/clients/index.ts'
import { measuredClient } from './models/clients/measured.ts'

const brokerModels: Peers['brokers'] = new Map([...fixedBrokerModels, [measuredBroker.name, measuredBroker]])
const clientModels: Peers['clients'] = new Map([...fixedClientModels, [measuredClient.name, measuredClient]])

/**
 * Where time is real, a name means the real program, and its model only where there is no program; in a simulation the model
 * stands for the program of the same name. A model says of itself that it is one.
 */
const brokers: Peers['brokers'] = new Map([...realBrokers, ...brokerModels, ...realBrokers])
const clients: Peers['clients'] = new Map([...realClients, ...clientModels, ...realClients])

export const peers: Peers = { brokers, clients, links }

/** Each knows for whom it stands, and so which version of it this machine has. */
const standIns: Peers['clients'] = new Map(
  [...clientModels].map(([name, model]) => {
    const real = realClients.get(name)
    return [name, real ? { ...model, standsFor: real } : model]
  }),
)

const simulatedPeers: Peers = {
  brokers: new Map([...realBrokers, ...brokerModels]),
  clients: new Map([...realClients, ...standIns]),
  links,
}

/** Who is meant by a name in this lab. */
export const peersIn = (lab: string): Peers => (isVirtual(lab) ? simulatedPeers : peers)

export const vocabulary: Vocabulary = { faults, notFaults, checks, links, brokers, clients, labs: [...labs.keys()] }

/** Disposing it ends what lives in it. Throws where no lab is called so. */
export function openLab(name: string): Lab {
  const kind = labs.get(name)
  if (!kind) throw new Error(`no lab is called ${name}; there are ${vocabulary.labs.join(', ')}`)
  return kind.create(peersIn(name))
}

/** Whether its time is no real one. */
export const isVirtual = (lab: string): boolean => labs.get(lab)?.virtual === true

export { brokers, checks, clients, faults, labs, links }
