import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { guardDirectory } from '../../../processes/reaper.ts'

export interface Folder {
  readonly path: string
  remove(): Promise<void>
}

/** Below the system's temporary folder; the reaper removes it where nobody else does. Throws where there is no room for it. */
export async function makeFolder(name: string): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), `halfopen-${name}-`)).catch(error => {
    throw new Error(`can't make a directory for ${name} in ${tmpdir()}: ${error.message}`)
  })
  const release = guardDirectory(path)
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true, maxRetries: 3 })
      release()
    },
  }
}
