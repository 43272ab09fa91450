import { dirname, resolve } from 'node:path'
import { makeFolder } from '../text/make-folder.ts'
import { writeText } from '../text/write-text.ts'
import { plainly } from '../vitest/plainly.ts'

/** Writes the file, and makes its folder. Returns why it could not be written; empty where it was, or where no file was asked for. */
export async function saveFile(file: string | undefined, make: () => Promise<string>): Promise<readonly string[]> {
  if (file === undefined) return []
  const path = resolve(file)
  try {
    await makeFolder(dirname(path))
    await writeText(path, await make())
    return []
  } catch (error) {
    return [`${path} can't be written: ${plainly(error)}`]
  }
}
