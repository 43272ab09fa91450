import { writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { plainly } from '../../vitest/plainly.ts'
import { makeFolder } from '../make-folder.ts'

/** Writes it, with the folders on the way; what went wrong, if anything did. */
export const writeReport = (file: string, text: string): Promise<readonly string[]> => put(file, text, 'w')

/** The same after what is there already. */
export const addToReport = (file: string, text: string): Promise<readonly string[]> => put(file, text, 'a')

async function put(file: string, text: string, flag: 'w' | 'a'): Promise<readonly string[]> {
  const path = resolve(file)
  try {
    await makeFolder(dirname(path))
    await writeFile(path, text, { flag })
    return []
  } catch (error) {
    return [unwrittenReport(path, error)]
  }
}

export const unwrittenReport = (file: string, error: unknown): string =>
  `the report can't be written to ${resolve(file)}: ${plainly(error)}`
