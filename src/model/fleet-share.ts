/**
 * A fleet that several machines play together: which devices belong to which of them. Device d of the whole is the k-th device of shard
 * ((d - 1) mod n) + 1, so that the devices that are recorded are spread over all shards. Pure.
 */
import type { FleetShare, Scenario } from './scenario.ts'

const ofShard = (devices: number, { index, of }: Pick<FleetShare, 'index' | 'of'>): number =>
  Math.max(0, Math.ceil((devices - index + 1) / of))

/** The scenario with the devices of this shard alone. */
export function shareOfFleet(scenario: Scenario, shard: { readonly index: number; readonly of: number }): Scenario {
  const { client } = scenario
  const { count, recorded = count } = client
  const share: FleetShare = { index: shard.index, of: shard.of, count, recorded }
  return {
    ...scenario,
    client: { ...client, count: ofShard(count, share), recorded: ofShard(recorded, share), share },
  }
}

/** The scenario as it was written, of the scenario of any shard. */
export function wholeFleet(scenario: Scenario): Scenario {
  const { share, ...client } = scenario.client
  return share ? { ...scenario, client: { ...client, count: share.count, recorded: share.recorded } } : scenario
}

/** The number that a device (or a connection) of a shard has in the whole. */
export const numberInWhole = (own: number, { index, of }: Pick<FleetShare, 'index' | 'of'>): number =>
  (own - 1) * of + index
