/**
 * Who plays whom in a simulation. A model that stands for a real program plays the version that the scenario asks for, else the
 * one that this machine has, else the newest that somebody looked into; the header of the evidence says which.
 */

import type { Availability } from '../model/plugin.ts'
import type { Scenario } from '../model/scenario.ts'
import type { BrokerKind } from '../peers/brokers/broker.ts'
import type { ClientKind } from '../peers/clients/client.ts'
import { standInFor } from '../peers/models/brokers/index.ts'
import type { Chosen } from './admission.ts'

export interface Cast {
  /** The plug-ins that the scenario names. */
  readonly chosen: Chosen
  /** Who plays them; `undefined`: nobody can. */
  readonly broker: BrokerKind | undefined
  readonly client: ClientKind | undefined
}

/** Options of a peer that does not do the same in all its versions. */
export interface Versioned {
  readonly version?: unknown
}

/** The version that this machine has of a real peer; `undefined`: none, or one that can't be told. */
export type VersionHere = (real: Real) => Promise<string | undefined>

interface Real {
  readonly name: string
  available(options: unknown): Promise<Availability>
  version(options: unknown): Promise<string>
}

/** The real one, or the model that can stand for it, in its newest version. */
export const embeddable = (broker: BrokerKind): BrokerKind | undefined =>
  broker.embed ? broker : standInFor(broker.name)

export async function castFor(scenario: Scenario, chosen: Chosen, versionHere: VersionHere): Promise<Cast> {
  const { broker, client } = chosen
  return {
    chosen,
    broker: await inVersion(
      embeddable(broker),
      broker.embed ? undefined : broker,
      scenario.broker.options,
      versionHere,
    ),
    client: await inVersion(client, client.standsFor, scenario.client.options, versionHere),
  }
}

async function inVersion<K extends { readonly ofVersion?: (version: string) => K | undefined }>(
  model: K | undefined,
  real: Real | undefined,
  { version: asked }: Versioned,
  versionHere: VersionHere,
): Promise<K | undefined> {
  if (!model?.ofVersion) return model
  if (typeof asked === 'string') return model.ofVersion(asked)
  const here = real && (await versionHere(real))
  return (here === undefined ? undefined : model.ofVersion(here)) ?? model
}

/** Each is asked once: a sweep plays thousands of scenarios, and a program has to be started to be asked. */
export function installedVersions(): VersionHere {
  const known = new Map<string, Promise<string | undefined>>()
  return real => {
    const answer = known.get(real.name) ?? versionOf(real)
    known.set(real.name, answer)
    return answer
  }
}

/** Of `2.0.11-1.2+deb12u2` the numbers. */
async function versionOf(real: Real): Promise<string | undefined> {
  if ((await real.available({})) !== true) return undefined
  return /(?<!\d)\d+\.\d+\.\d+/.exec(await real.version({}))?.[0]
}
