import { dirname, resolve } from 'node:path'
import { makeFolder } from '../../text/make-folder.ts'
import { writeText } from '../../text/write-text.ts'
import { plainly } from '../../vitest/plainly.ts'

/** Writes it, with the folders on the way; what went wrong, if anything did. */
export async function writeReport(file: string, text: string): Promise<readonly string[]> {
  const path = resolve(file)
  try {
    await makeFolder(dirname(path))
    await writeText(path, text)
    return []
  } catch (error) {
    return [unwrittenReport(path, error)]
  }
}

export const unwrittenReport = (file: string, error: unknown): string =>
  `the report can't be written to ${resolve(file)}: ${plainly(error)}`
