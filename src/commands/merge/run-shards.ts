import type { RecordedPart, RunRecord } from '../../evidence/run-record.ts'
import { plural } from '../../text/words.ts'

/** The folder of one shard, and what it says of itself. */
export interface RunShard {
  readonly dir: string
  readonly record: RunRecord
}

/** One scenario of the whole list, and the shard that played it. */
export interface MergedPart extends RecordedPart {
  readonly shard: RunShard
}

/** What all shards of one run have in common, in words for messages. */
const SAME: Readonly<Record<string, (record: RunRecord) => unknown>> = {
  'version of halfopen': ({ halfopen }) => halfopen,
  'list of scenarios (its digest)': ({ digest, total }) => [digest, total],
  seed: ({ seed }) => seed,
  'moment of the start (--start-at)': ({ startAt }) => startAt,
  'number of shards': ({ shard }) => shard?.of,
  HALFOPEN_REQUIRE: ({ requireAll }) => requireAll,
}

/** Pure. Everything that is against these being all shards of one run that `version` can judge, each by its folder. */
export function shardProblems(shards: readonly RunShard[], version: string): string[] {
  const [first] = shards
  if (!first) return ['there is nothing to merge']
  const problems = [
    ...wholes(shards),
    ...foreign(shards, version),
    ...strangers(first, shards),
    ...twice(shards),
    ...otherPeers(shards),
    ...shards.flatMap(broken),
  ]
  return [...problems, ...(wholes(shards).length > 0 ? [] : missing(first, shards))]
}

const wholes = (shards: readonly RunShard[]): string[] =>
  shards.length === 1
    ? []
    : shards.flatMap(({ dir, record }) => (record.shard ? [] : [`${dir} is a whole run, not a shard of one`]))

const foreign = (shards: readonly RunShard[], version: string): string[] =>
  shards.flatMap(({ dir, record: { halfopen } }) =>
    halfopen === version ? [] : [`${dir} was played by halfopen ${halfopen}, and this is ${version}`],
  )

function strangers(first: RunShard, shards: readonly RunShard[]): string[] {
  return shards.flatMap(({ dir, record }) =>
    Object.entries(SAME)
      .filter(([, of]) => JSON.stringify(of(record)) !== JSON.stringify(of(first.record)))
      .map(([what, of]) => {
        const values = [of(record), of(first.record)].map(told)
        return `${dir} does not belong with ${first.dir}: another ${what} (${values.join(' there, ')} here)`
      }),
  )
}

/** Of a digest its beginning. */
const told = (value: unknown): string =>
  [value]
    .flat()
    .map(each => String(each).slice(0, 12))
    .join(' of ')

/**
 * The same peer, with the same options and in the same lab, in another version: figures of the two do not belong in one report. A version
 * that a scenario asks for is one of its options.
 */
function otherPeers(shards: readonly RunShard[]): string[] {
  const known = new Map<string, { readonly dir: string; readonly version: string }>()
  const problems = new Set<string>()
  for (const { dir, record } of shards)
    for (const { scenario, lab, ended } of record.parts)
      for (const role of ['broker', 'client'] as const) {
        const peer = ended?.[role]
        if (peer === undefined) continue
        const key = JSON.stringify([role, lab, peer.name, scenario[role].name, scenario[role].options])
        const first = known.get(key) ?? { dir, version: peer.version }
        known.set(key, first)
        if (first.version !== peer.version)
          problems.add(
            `${dir} does not belong with ${first.dir}: the ${role} ${peer.name} is ${peer.version} there, ${first.version} here`,
          )
      }
  return [...problems]
}

function twice(shards: readonly RunShard[]): string[] {
  const byIndex = new Map<number, string>()
  return shards.flatMap(({ dir, record: { shard } }) => {
    if (!shard) return []
    const other = byIndex.get(shard.index)
    byIndex.set(shard.index, dir)
    return other === undefined ? [] : [`${dir} is shard ${shard.index} again, after ${other}`]
  })
}

function missing({ record }: RunShard, shards: readonly RunShard[]): string[] {
  const of = record.shard?.of ?? 0
  const there = new Set(shards.map(shard => shard.record.shard?.index))
  return Array.from({ length: of }, (_, i) => i + 1)
    .filter(index => !there.has(index))
    .map(index => `shard ${index}/${of} is missing`)
}

/** A shard that did not play all that it was to play. */
function broken({ dir, record: { shard, over, stoppedBy, parts } }: RunShard): string[] {
  const which = shard ? `${dir} (shard ${shard.index}/${shard.of})` : dir
  if (!over) return [`${which} did not end: it was killed, or still plays`]
  if (stoppedBy !== null) return [`${which} was stopped by ${stoppedBy}: play it again`]
  const unended = parts.filter(({ ended }) => ended === undefined)
  const lost = parts.filter(({ ended }) => ended && !ended.evidence && !ended.skipped && ended.troubles === undefined)
  return [
    ...(unended.length > 0
      ? [`${which}: ${plural(unended.length, 'scenario')} did not end: ${unended[0]?.scenario.name}`]
      : []),
    ...lost.map(({ scenario }) => `${which}: the evidence of "${scenario.name}" could not be saved there`),
  ]
}

/** They are parts of one fleet, of which each played some of the devices, and not parts of a list. */
export const areOfFleet = (shards: readonly RunShard[]): boolean =>
  shards.every(({ record }) => record.startAt !== undefined && record.shard !== null)

/** The whole list in its order. Call it where there are no problems. Throws where shards do not add up to the list that they name. */
export function partsOf(shards: readonly RunShard[]): readonly MergedPart[] {
  const parts: MergedPart[] = []
  for (const shard of shards) for (const part of shard.record.parts) parts[part.place] = { ...part, shard }
  const total = shards[0]?.record.total ?? 0
  const there = parts.filter(part => part !== undefined)
  if (there.length !== total || parts.length !== total)
    throw new Error(`the shards hold ${there.length} of ${plural(total, 'scenario')}`)
  return parts
}
