import { open } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { evidenceCapture } from '../captures/evidence-capture.ts'
import { readEvidence } from '../evidence/read-evidence.ts'
import type { ScenarioReport } from '../model/verdict.ts'
import { plainly } from '../text/message-of.ts'
import { makeFolder } from '../text/write-files.ts'

/** What is written at once. */
const BATCH_BYTES = 1 << 20

/** `--pcap DIR`: a capture of each run, named as its evidence; what went wrong, if anything did. */
export async function saveCaptures(
  folder: string | undefined,
  reports: readonly ScenarioReport[],
): Promise<readonly string[]> {
  if (folder === undefined) return []
  const dir = resolve(folder)
  try {
    await makeFolder(dir)
    // One after the other: each may be larger than memory.
    for (const report of reports) await saveCapture(dir, report)
    return []
  } catch (error) {
    return [`captures can't be written to ${dir}: ${plainly(error)}`]
  }
}

async function saveCapture(dir: string, { evidence, verdict }: ScenarioReport): Promise<void> {
  if (evidence === undefined) return
  const read = await readEvidence(evidence)
  read.whole?.dispose()
  await using file = await open(join(dir, `${basename(evidence, '.ndjson')}.pcapng`), 'w')
  let batch: Buffer[] = []
  let bytes = 0
  for (const block of evidenceCapture(read, verdict)) {
    batch.push(block)
    bytes += block.length
    if (bytes < BATCH_BYTES) continue
    await file.writeFile(Buffer.concat(batch))
    batch = []
    bytes = 0
  }
  await file.writeFile(Buffer.concat(batch))
}
