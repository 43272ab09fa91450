import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { plainly } from '../text/harmless.ts'

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

/** Writes the file, and makes its folder. Returns why it could not be written; empty where it was, or where no file was asked for. */
export async function saveFile(file: string | undefined, make: () => Promise<string>): Promise<readonly string[]> {
  if (file === undefined) return []
  const path = resolve(file)
  try {
    await makeFolder(dirname(path))
    await writeFile(path, await make())
    return []
  } catch (error) {
    return [`${path} can't be written: ${plainly(error)}`]
  }
}

/** Writes it, with the folders on the way; what went wrong, if anything did. */
export async function writeReport(file: string, text: string): Promise<readonly string[]> {
  const path = resolve(file)
  try {
    await makeFolder(dirname(path))
    await writeFile(path, text)
    return []
  } catch (error) {
    return [unwrittenReport(path, error)]
  }
}

export const unwrittenReport = (file: string, error: unknown): string =>
  `the report can't be written to ${resolve(file)}: ${plainly(error)}`
