/** Shards of one fleet, of which each machine played some of the devices: judged as the one fleet that they were. */
import { basename, join, resolve } from 'node:path'
import { joinShards, type ShardEvidence, skewOf } from '../../evidence/join-shards.ts'
import { settled } from '../../evidence/run-record.ts'
import { writeEvidence } from '../../evidence/write.ts'
import type { Event } from '../../model/event.ts'
import type { Evidence } from '../../model/evidence.ts'
import { wholeFleet } from '../../model/fleet-share.ts'
import type { Scenario } from '../../model/scenario.ts'
import type { ScenarioReport } from '../../model/verdict.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { judgeEvidence, readSaved } from '../../terminal/judge-file.ts'
import { plainly } from '../../text/message-of.ts'
import { seconds } from '../../text/words.ts'
import { HOME } from '../../vitest/own-folder.ts'
import { refuseOther } from './other-run.ts'
import type { RunShard } from './run-shards.ts'

/** Where the joined evidence lies if no folder is named: a page and captures are made of it. */
const JOINED = join(HOME, 'merged')

export async function joinedReport(given: readonly RunShard[], out: string | undefined): Promise<ScenarioReport> {
  const shards = given.toSorted((a, b) => (a.record.shard?.index ?? 0) - (b.record.shard?.index ?? 0))
  const [first] = shards
  const [part] = first?.record.parts ?? []
  if (!first || !part) throw new Complaint('error: the shards hold no scenario', EXIT.unreadable)
  const { record } = first
  const durationMs = Math.max(...shards.map(shard => shard.record.parts[0]?.ended?.durationMs ?? 0))
  const scenario = wholeFleet(settled(part.scenario as Scenario, record, process.cwd()))
  const skips = shards.flatMap(({ record: { parts } }) => parts[0]?.ended?.skipped ?? [])
  const troubles = shards.flatMap(({ record: { parts } }) => parts[0]?.ended?.troubles ?? [])
  const rest = { scenario, lab: part.lab, seed: record.seed, durationMs }
  if (skips[0]) return { ...rest, skipped: skips[0] }
  if (troubles.length > 0) return { ...rest, verdict: { result: 'inconclusive', outcomes: [], troubles } }
  const read = await Promise.all(shards.map(evidenceOf))
  refuseOtherClocks(shards, read)
  const evidence = joinShards(read)
  const file = resolve(out ?? JOINED, basename(part.ended?.evidence ?? 'fleet.ndjson'))
  await writeEvidence(file, evidence).catch(error => {
    throw new Complaint(`error: ${plainly(error)}`, EXIT.inconclusive)
  })
  const report = judgeEvidence(evidence, file)
  const { verdict } = report
  return {
    ...report,
    durationMs,
    ...(verdict && { verdict: { ...verdict, notes: [...(verdict.notes ?? []), skewWords(read)] } }),
  }
}

function skewWords(shards: readonly ShardEvidence[]): string {
  const { skewMs, errorMs } = skewOf(shards)
  return `${shards.length} shards began within ${seconds(skewMs)} \u00b1${seconds(errorMs)} of each other`
}

async function evidenceOf(shard: RunShard): Promise<ShardEvidence> {
  const { dir, record } = shard
  const [part] = record.parts
  const name = part?.ended?.evidence
  if (!part || name === undefined) throw new Complaint(`error: ${dir} holds no evidence of its scenario`, EXIT.usage)
  const file = join(dir, name)
  const saved = await readSaved(file)
  const scenario = settled(saved.header.scenario, record, process.cwd())
  const evidence = { header: { ...saved.header, scenario }, events: await allEvents(saved) }
  refuseOther(evidence.header, { shard, part, file })
  const { share } = scenario.client
  const { clock } = evidence.header
  if (share?.index !== record.shard?.index || share?.of !== record.shard?.of || !share)
    throw new Complaint(`error: ${file} is evidence of another part of the fleet than run.json says`, EXIT.usage)
  if (!clock) throw new Complaint(`error: ${file} never came to its start: play all shards again`, EXIT.inconclusive)
  return { share, clock, evidence }
}

/** Of a large file too: the devices that are recorded are few, and the others are counts. */
async function allEvents({ events, whole }: Evidence): Promise<readonly Event[]> {
  if (!whole) return events
  const all: Event[] = []
  for await (const slice of whole.slices()) all.push(...slice)
  whole.dispose()
  return all
}

/** Dates can be compared where they come of one clock, or of one time server. */
function refuseOtherClocks(shards: readonly RunShard[], read: readonly ShardEvidence[]): void {
  const [first] = read
  const problems = read.flatMap(({ clock }, i) => {
    if (clock.source === first?.clock.source) return []
    const [there, here] = [clock, first?.clock].map(each => each?.source.replace(/^boot /, 'its own clock, '))
    const names = `${shards[i]?.dir} and ${shards[0]?.dir}`
    return [
      `how far the clocks of ${names} are apart is not known (${there} there, ${here} here): play them with one --time-server`,
    ]
  })
  if (problems.length > 0) throw new Complaint(problems.map(problem => `error: ${problem}`).join('\n'), EXIT.usage)
}
