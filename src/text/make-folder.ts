/**
 * Makes a folder with all that is missing above it. Node's own way (`recursive`, Node 20.20) never ends where a file system answers
 * ENOENT although the folder above is there, as /proc does; and it reports ENOENT for a file system that is read-only.
 */
import { mkdirSync, statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Rejects with the reason that the file system gives for the first folder that it refuses. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if (isMissing(error, path)) {
      await makeFolder(dirname(path))
      await mkdir(path).catch(again => settle(again, path))
    } else settle(error, path)
  }
}

/** The same at once. Throws. */
export function makeFolderSync(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    if (!isMissing(error, path)) settle(error, path)
    else {
      makeFolderSync(dirname(path))
      try {
        mkdirSync(path)
      } catch (again) {
        settle(again, path)
      }
    }
  }
}

/** A folder above it, as it seems. */
const isMissing = (error: unknown, path: string): boolean => codeOf(error) === 'ENOENT' && dirname(path) !== path

/** Throws, unless the folder is there: it always was, or another process was faster. */
function settle(error: unknown, path: string): void {
  if (isFolder(path)) return
  // EEXIST would sound as if all were well.
  if (codeOf(error) === 'EEXIST') throw new Error(`ENOTDIR: not a directory, mkdir '${path}'`)
  if (codeOf(error) === 'ENOENT') throw new Error(`ENOENT: no folder can be made there, mkdir '${path}'`)
  throw error
}

const codeOf = (error: unknown): unknown => Object(error).code

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
