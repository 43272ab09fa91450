import { choose, heavyOf } from '../../labs/admission.ts'
import type { LabSettings } from '../../labs/lab.ts'
import type { Scenario } from '../../model/scenario.ts'
import type { Catalog } from '../../plugins.ts'
import { lengthMs } from '../../reporters/progress.ts'
import { partOf, type Shard } from '../../terminal/shard.ts'
import { plural } from '../../text/words.ts'

/** A scenario's bench and the end of it. */
const AROUND_MS = 500
/** A JVM, a BEAM or an interpreter keeps a core busy until it is there. */
const HEAVY_MS = 3000
/** Of each client beyond the first one. */
const CLIENT_MS = 20
/** Virtual time passes some 10,000 times as fast, whatever the scenario does in it. */
const VIRTUAL_FACTOR = 10_000
const VIRTUAL_MS = 5

/**
 * What a scenario costs in this lab, in milliseconds of the machine: as it is written, at the speed that its lab gives it, so that every
 * machine comes to the same.
 */
export function costMs(
  scenario: Scenario,
  lab: string,
  catalog: Pick<Catalog, 'isVirtual' | 'peersIn' | 'labs'>,
  settings?: LabSettings,
): number {
  if (catalog.isVirtual(lab)) return VIRTUAL_MS + lengthMs(scenario) / VIRTUAL_FACTOR
  const heavy = heavyOf(choose(scenario, catalog.peersIn(lab)))
  const programs = Number(heavy.broker) + Number(heavy.client)
  const speed = catalog.labs.get(lab)?.speed?.(scenario, settings) ?? 1
  return AROUND_MS + lengthMs(scenario) / speed + programs * HEAVY_MS + (scenario.client.count - 1) * CLIENT_MS
}

/** The part of the list that this machine plays: places in it, and in words how much that is. */
export interface Share {
  readonly places: readonly number[]
  readonly note?: string
}

export function shareOf(costs: readonly number[], shard: Shard | undefined): Share {
  if (!shard) return { places: costs.map((_, place) => place) }
  const places = partOf(costs, shard)
  const sum = (all: readonly number[]) => all.reduce((total, cost) => total + cost, 0)
  const share = (100 * sum(places.map(place => costs[place] ?? 0))) / Math.max(1, sum(costs))
  const which = places.length === 0 ? 'nothing is left for it' : `${share.toFixed(0)} % of what they cost`
  return {
    places,
    note: `shard ${shard.index} of ${shard.of}: ${places.length} of ${plural(costs.length, 'scenario')}, ${which}`,
  }
}

/** Where a shard plays a part of the devices: every scenario, which is one. */
export const shareOfDevices = (divided: readonly Scenario[], { index, of }: Shard): Share => ({
  places: divided.map((_, place) => place),
  note: divided
    .map(({ client }) => `shard ${index} of ${of}: ${client.count} of ${plural(client.share?.count ?? 0, 'device')}`)
    .join('; '),
})
