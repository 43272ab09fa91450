import { digestOf, RECORD_FILE, type RecordedPart, settled } from '../../evidence/run-record.ts'
import type { EvidenceHeader } from '../../model/evidence.ts'
import type { Scenario } from '../../model/scenario.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import type { RunShard } from './run-shards.ts'

/** Complains of evidence that lies under the right name and was recorded in another run. */
export function refuseOther(
  { scenario: played, lab, seed, halfopen }: EvidenceHeader,
  { shard: { record }, part, file }: { readonly shard: RunShard; readonly part: RecordedPart; readonly file: string },
): void {
  const cwd = process.cwd()
  const scenario = settled(part.scenario as Scenario, record, cwd)
  const isSame = digestOf([{ scenario: played, lab }], cwd) === digestOf([{ scenario, lab: part.lab }], cwd)
  const differs = !isSame ? 'scenario' : seed !== record.seed ? 'seed' : halfopen !== record.halfopen ? 'version' : ''
  if (differs !== '')
    throw new Complaint(
      `error: ${file} is evidence of another run: another ${differs} than ${RECORD_FILE} says`,
      EXIT.usage,
    )
}
