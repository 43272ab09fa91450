import type { Kit } from '../clock/kit.ts'
import { resolveDuration } from '../model/duration.ts'
import { recordedClients, type Scenario } from '../model/scenario.ts'
import type { EmbeddedBroker, StartedBroker } from '../peers/brokers/broker.ts'
import type { ClientKind, FleetContext, StartedFleet } from '../peers/clients/client.ts'
import { softLimits } from '../processes/soft-limits.ts'
import type { Readers } from '../sim/readers.ts'

/** How long the scenario's link takes, in milliseconds. */
export function pathOf({ link, client }: Scenario): { readonly latencyMs: number; readonly jitterMs: number } {
  const ms = (length: typeof link.latency) => resolveDuration(length, client.keepaliveS * 1000)
  return { latencyMs: ms(link.latency), jitterMs: ms(link.jitter) }
}

/** What the devices of a fleet have in common, in whatever lab. */
function shared(scenario: Scenario, kit: Kit): Omit<FleetContext, 'upstream'> {
  const { options, count, keepaliveS, protocol, will = {}, share } = scenario.client
  const recorded = recordedClients(scenario.client)
  // The will is evidence, and must not be lost between broker and witness.
  const part = share && { of: share.of }
  return {
    ...pathOf(scenario),
    ...part,
    kit,
    options,
    count,
    recorded,
    keepaliveS,
    protocol,
    will: { qos: 1, ...will },
  }
}

/** The devices of a fleet before this broker, with the link that is theirs; `undefined` for a client that is none. */
export async function startFleetFor(
  scenario: Scenario,
  kit: Kit,
  { fleet }: ClientKind,
  { address, pids }: StartedBroker,
): Promise<StartedFleet | undefined> {
  const own = { upstream: address, descriptors: softLimits().openFiles, ...(pids && { brokerPids: pids }) }
  return fleet?.start({ ...shared(scenario, kit), ...own })
}

/** The same without a network. */
export async function startSimulatedFleet(
  scenario: Scenario,
  kit: Kit,
  { fleet }: ClientKind,
  { accept }: EmbeddedBroker,
  readers: Readers,
): Promise<StartedFleet | undefined> {
  const { latencyMs, ...given } = shared(scenario, kit)
  const within = { accept, readers }
  return fleet?.start({ ...given, latencyMs: Math.max(latencyMs, LEAST_LATENCY_MS), upstream: NOWHERE, within })
}

/** There is no network to have addresses in. */
export const NOWHERE = { host: 'simulated', port: 1883 }

/** About loopback's. On a link that took no time at all, cause and effect would have the same date. */
export const LEAST_LATENCY_MS = 0.1
