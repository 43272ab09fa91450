import { rename, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { redactScenario, redactSource } from '../../evidence/redact.ts'
import { type EndedPart, RECORD_FILE, type RecordedPart, type RunRecord } from '../../evidence/run-record.ts'
import type { PeerVersion } from '../../model/evidence.ts'
import { PACKAGE_DIR } from '../../model/package.ts'
import type { ScenarioReport } from '../../model/verdict.ts'
import { unwritable } from '../../terminal/files.ts'
import type { Shard } from '../../terminal/shard.ts'
import { currentLook } from '../../terminal/terminal.ts'
import { harmlessJson } from '../../text/json.ts'
import { refuseOtherThanFiles } from '../../text/write-files.ts'
import type { SuiteOrder } from '../../vitest/order.ts'
import type { Share } from './share.ts'

/** What is known of a run when it begins. */
export interface Beginning {
  readonly halfopen: string
  readonly started: string
  readonly shard: Shard | undefined
  readonly digest: string
  readonly share: Share
  readonly total: number
  readonly order: SuiteOrder
  readonly elsewhere: number
  readonly unreadable: boolean
}

type Ending = Pick<RunRecord, 'durationMs' | 'stoppedBy'> & {
  readonly troubles: readonly string[]
  readonly byPart: readonly (ScenarioReport | undefined)[]
}

/** Writes `run.json` into the folder of the evidence; what went wrong. Without an ending: the run begins. */
export async function keepRecord(dir: string, run: Beginning, end?: Ending): Promise<readonly string[]> {
  const file = join(dir, RECORD_FILE)
  // Beside its place first: whoever is killed meanwhile leaves the one that says that the run has begun.
  const draft = `${file}.${process.pid}.part`
  try {
    await refuseOtherThanFiles(file)
    await writeFile(draft, `${harmlessJson(recordOf(dir, run, end))}\n`)
    await rename(draft, file)
    return []
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined)
    return [unwritable(dir, error)]
  }
}

function recordOf(dir: string, run: Beginning, end?: Ending): RunRecord {
  const { order, shard, share } = run
  return {
    run: 1,
    halfopen: run.halfopen,
    started: run.started,
    durationMs: end?.durationMs ?? 0,
    shard: shard ? { index: shard.index, of: shard.of } : null,
    ...(order.startAt && { startAt: new Date(order.startAt.atMs).toISOString() }),
    digest: run.digest,
    total: run.total,
    seed: order.seed,
    requireAll: order.requireAll,
    elsewhere: run.elsewhere,
    unreadable: run.unreadable,
    cwd: process.cwd(),
    package: PACKAGE_DIR,
    sources: sourcesOf(order),
    over: end !== undefined,
    stoppedBy: end?.stoppedBy ?? null,
    troubles: [...(end?.troubles ?? [])],
    parts: order.parts.map(({ scenario, lab }, number): RecordedPart => {
      const report = end?.byPart[number]
      return {
        place: share.places[number] ?? 0,
        scenario: redactScenario(scenario) as RecordedPart['scenario'],
        lab,
        ...(report === undefined ? {} : { ended: endOf(report, dir) }),
      }
    }),
  }
}

function endOf(report: ScenarioReport, dir: string): EndedPart {
  const { durationMs, evidence, skipped, verdict, earlier, broker, client } = report
  const peer = ({ name, version }: PeerVersion) => ({ name, version })
  const inDir = (file: string) => relative(dir, file).replaceAll('\\', '/')
  return {
    durationMs,
    ...(broker && { broker: peer(broker) }),
    ...(client && { client: peer(client) }),
    ...(evidence === undefined ? {} : { evidence: inDir(evidence) }),
    ...(skipped === undefined ? {} : { skipped }),
    // One that has checks was judged, and then only its evidence could say it again.
    ...(evidence === undefined && verdict?.outcomes.length === 0 ? { troubles: [...verdict.troubles] } : {}),
    ...(earlier === undefined
      ? {}
      : {
          earlier: earlier.map(each => ({
            reason: each.reason,
            ...(each.evidence === undefined ? {} : { evidence: inDir(each.evidence) }),
          })),
        }),
  }
}

function sourcesOf({ parts }: SuiteOrder): RunRecord['sources'] {
  const { source } = currentLook()
  const files = [...new Set(parts.map(({ scenario }) => scenario.position.file))]
  return Object.fromEntries(
    files.flatMap(file => {
      const text = source(file)
      return text === undefined ? [] : [[file, redactSource(text)]]
    }),
  )
}
