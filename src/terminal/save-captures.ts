import { open, readFile, rm } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { evidenceCapture } from '../captures/evidence-capture.ts'
import type { RawFiles } from '../clock/kit.ts'
import { readEvidence } from '../evidence/read-evidence.ts'
import type { ScenarioReport } from '../model/verdict.ts'
import { plainly } from '../text/message-of.ts'
import { makeFolder } from '../text/write-files.ts'

/** What a capture may hold beside the evidence: keys of TLS, and what the kernel saw. Both are secrets. */
export const RAW_PARTS = ['keys', 'kernel'] as const
export type RawPart = (typeof RAW_PARTS)[number]

/** Where a run leaves these beside its capture. */
export const rawFilesIn =
  (folder: string, parts: readonly RawPart[]) =>
  (name: string): RawFiles => ({
    ...(parts.includes('keys') && { keys: join(resolve(folder), `${name}${KEYS}`) }),
    ...(parts.includes('kernel') && { packets: join(resolve(folder), `${name}.kernel`) }),
  })

/** Until they are in the capture. */
const KEYS = '.keys.tmp'

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
  const name = basename(evidence, '.ndjson')
  const keys = await readFile(join(dir, `${name}${KEYS}`), 'latin1').catch(() => undefined)
  const path = join(dir, `${name}.pcapng`)
  // One that is there already keeps its mode.
  if (keys !== undefined) await rm(path, { force: true })
  await using file = await open(path, 'w', keys === undefined ? 0o666 : 0o600)
  let batch: Buffer[] = []
  let bytes = 0
  for (const block of evidenceCapture(read, verdict, keys)) {
    batch.push(block)
    bytes += block.length
    if (bytes < BATCH_BYTES) continue
    await file.writeFile(Buffer.concat(batch))
    batch = []
    bytes = 0
  }
  await file.writeFile(Buffer.concat(batch))
  await rm(join(dir, `${name}${KEYS}`), { force: true })
}
