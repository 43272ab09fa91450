import type { Availability } from '../../model/plugin.ts'
import type { BrokerKind, StartedBroker } from '../../peers/brokers/broker.ts'
import { pemProblem } from '../../peers/brokers/external/pem.ts'
import { visit } from '../../peers/brokers/external/visit.ts'
import { type Place, placeName } from '../../peers/reach/url.ts'
import { versionLack } from '../../peers/recipes/built.ts'

/** The broker of this name that is already running: it is neither configured, frozen nor killed, and left as it was. */
export const attachedTo = (kind: BrokerKind, place: Place): BrokerKind => ({
  name: kind.name,
  summary: `the broker at ${placeName(place)}`,
  options: kind.options,
  protocols: kind.protocols,
  can: new Set(),
  access: () => place.access,
  available: options => available(kind, place, (options as { readonly version?: string }).version),
  version: async () => (await visit(place)).version,
  start: () => attach(place),
})

async function available({ name }: BrokerKind, place: Place, asked: string | undefined): Promise<Availability> {
  const problem = await pemProblem(place.access)
  if (problem !== undefined) return { reason: problem }
  try {
    const found = await visit(place)
    if (found.name === undefined || found.name === name) return versionLack(name, found.version, asked)
    return { reason: `the broker at ${placeName(place)} is ${found.name}, and the scenario is for ${name}` }
  } catch (error) {
    const remedy = 'start it, or give its address with --broker-url'
    return { reason: `no MQTT broker can be used at ${(error as Error).message}`, remedy }
  }
}

async function attach(place: Place): Promise<StartedBroker> {
  const { version } = await visit(place)
  // Its log is out of reach: the taps tell what it does.
  return { ...place, version, watch: () => () => {}, async [Symbol.asyncDispose]() {} }
}
