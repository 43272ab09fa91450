import type { PeerVersion } from '../model/evidence.ts'
import type { BrokerKind, StartedBroker } from '../peers/brokers/broker.ts'
import type { ClientKind } from '../peers/clients/client.ts'

interface Kind {
  readonly name: string
  readonly family?: string
  readonly model?: true
  readonly pings?: false
}

/** What evidence says of a peer: a model is never shown without saying so. */
export const labelled = ({ name, family = name, model, pings }: Kind, version: string): PeerVersion => ({
  name: family,
  version,
  ...(model ? { model } : {}),
  ...(pings === false ? { pings } : {}),
})

/** A client as evidence knows it: by its library where the scenario says which, else by its kind. */
export async function clientLabel(kind: ClientKind, options: Readonly<Record<string, unknown>>): Promise<PeerVersion> {
  const family = kind.familyOf?.(options)
  return labelled(family === undefined ? kind : { ...kind, family }, await kind.version(options))
}

/** A broker's kind by the family that it was found to be of. */
export const familiar = (kind: BrokerKind, { family }: StartedBroker): BrokerKind =>
  family === undefined ? kind : { ...kind, family }
