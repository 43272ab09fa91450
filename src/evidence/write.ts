import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Evidence } from '../model/evidence.ts'
import { formatEvidence } from './format.ts'

/**
 * Saves evidence, making the folders on the way. A file of that name is either whole or not there: it is written
 * beside its place first. Throws an `Error` that names the file and what the system said (full disk, no permission).
 */
export async function writeEvidence(path: string, evidence: Evidence): Promise<void> {
  const draft = `${path}.${process.pid}.part`
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(draft, formatEvidence(evidence))
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined)
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`cannot save evidence to ${path}: ${why}`, { cause: error })
  }
}
