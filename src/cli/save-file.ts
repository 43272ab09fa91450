import { writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { plainly } from '../vitest/plainly.ts'
import { makeFolder } from './make-folder.ts'

/** Writes what was asked for, into a folder that need not be there yet. Why it could not be; empty where it was, or nobody asked. */
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
