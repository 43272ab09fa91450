import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/** With all that is missing above it. Throws the reason that the file system gives for the first one that it refuses. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
  } catch (error) {
    // A file of that name: EEXIST would sound as if all were well.
    if (existsSync(path)) throw new Error(`ENOTDIR: not a directory, mkdir '${path}'`)
    // Node's recursive mkdir reports ENOENT for a read-only file system, which would send people looking for a typo.
    await mkdir(firstMissing(path))
    throw error
  }
}

function firstMissing(path: string): string {
  const parent = dirname(path)
  return existsSync(parent) ? path : firstMissing(parent)
}
