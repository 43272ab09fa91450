/** The one place where every plug-in meets: everything else knows them by contract. */
import { brokers as realBrokers } from './brokers/index.ts'
import { checks } from './checks/index.ts'
import { clients as realClients } from './clients/index.ts'
import { faults } from './faults/index.ts'
import { labs } from './labs/index.ts'
import type { Lab, Peers } from './labs/lab.ts'
import { links } from './links/index.ts'
import type { Vocabulary } from './model/vocabulary.ts'
import { brokerModels } from './models/brokers/index.ts'
import { clientModels } from './models/clients/index.ts'

/** Real ones first; a model says of itself that it is one. */
const brokers: Peers['brokers'] = new Map([...realBrokers, ...brokerModels])
const clients: Peers['clients'] = new Map([...realClients, ...clientModels])

export const peers: Peers = { brokers, clients, links }

export const vocabulary: Vocabulary = { faults, checks, links, brokers, clients, labs: [...labs.keys()] }

/** Disposing it ends what lives in it. Throws where no lab is called so. */
export function openLab(name: string): Lab {
  const kind = labs.get(name)
  if (!kind) throw new Error(`no lab is called ${name}; there are ${vocabulary.labs.join(', ')}`)
  return kind.create(peers)
}

/** Whether its time is no real one. */
export const isVirtual = (lab: string): boolean => labs.get(lab)?.virtual === true

export { brokers, checks, clients, faults, labs, links }
