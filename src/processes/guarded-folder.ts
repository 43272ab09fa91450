import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { guardDirectory, inBackground, MAKER, sweepForgotten } from './reaper.ts'

/** For its maker alone, and gone with it, however that ends. */
export interface GuardedFolder {
  readonly path: string
  remove(): Promise<void>
}

/**
 * Below the system's temporary folder; the reaper removes it where nobody else does, and where that was killed too, the next run. Throws
 * where there is no room for it.
 */
export async function guardedFolder(name: string): Promise<GuardedFolder> {
  const path = await mkdtemp(join(tmpdir(), `halfopen-${name}-${MAKER}-`)).catch(error => {
    throw new Error(`can't make a directory for ${name} in ${tmpdir()}: ${error.message}`)
  })
  const release = guardDirectory(path)
  if (!isSwept) inBackground(sweepForgotten(tmpdir(), path))
  isSwept = true
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true, maxRetries: 3 })
      release()
    },
  }
}

let isSwept = false
