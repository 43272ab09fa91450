import { resolve } from 'node:path'
import { unwritable } from '../../commands/run/evidence-folder.ts'
import type { Reported } from '../../device/report/report.ts'
import { writeEvidence } from '../../evidence/write.ts'
import { writeReport } from '../../terminal/files.ts'
import { formatOf } from './formats.ts'
import type { DeviceOptions } from './options.ts'

/** Writes what was asked for. What could not be written. */
export async function saveAll(
  reported: Reported,
  { report = [], evidence }: DeviceOptions,
): Promise<readonly string[]> {
  const reports = report.map(async file => {
    const format = formatOf(file)
    return format ? writeReport(file, format(reported)) : []
  })
  const saved = evidence === undefined ? [] : [saveEvidence(evidence, reported)]
  return (await Promise.all([...reports, ...saved])).flat()
}

const saveEvidence = (file: string, { run }: Reported): Promise<readonly string[]> =>
  writeEvidence(file, run.evidence).then(
    () => [],
    (error: Error) => [unwritable(resolve(file), error)],
  )
