import { appendFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { plainly } from '../text/message-of.ts'
import { makeFolder, tryToWrite, writeText } from '../text/write-files.ts'
import { Complaint, EXIT } from './exit.ts'

/** Writes the file, and makes its folder. Returns why it could not be written; empty where it was, or where no file was asked for. */
export async function saveFile(file: string | undefined, make: () => Promise<string>): Promise<readonly string[]> {
  if (file === undefined) return []
  const path = resolve(file)
  try {
    await makeFolder(dirname(path))
    await writeText(path, await make())
    return []
  } catch (error) {
    return [unwritten(path, error)]
  }
}

/** Writes it, with the folders on the way; what went wrong, if anything did. */
export const writeReport = (file: string, text: string): Promise<readonly string[]> => put(file, text, writeText)

/** The same after what is there already. */
export const addToReport = (file: string, text: string): Promise<readonly string[]> => put(file, text, appendFile)

async function put(
  file: string,
  text: string,
  write: (path: string, text: string) => Promise<void>,
): Promise<readonly string[]> {
  const path = resolve(file)
  try {
    await makeFolder(dirname(path))
    await write(path, text)
    return []
  } catch (error) {
    return [unwrittenReport(path, error)]
  }
}

type Words = (path: string, error: unknown) => string

const unwritten: Words = (path, error) => `${path} can't be written: ${plainly(error)}`

/** Before minutes are spent on what goes into them: rejects with one Complaint that names all that can't be written. */
export async function requireWritable(files: readonly (string | undefined)[], words = unwritten): Promise<void> {
  const tried = files.map(async file => {
    if (file === undefined) return []
    return tryToWrite(resolve(file)).then(
      () => [],
      error => [`error: ${words(resolve(file), error)}`],
    )
  })
  const troubles = (await Promise.all(tried)).flat()
  if (troubles.length > 0) throw new Complaint(troubles.join('\n'), EXIT.inconclusive)
}

export const unwrittenReport = (file: string, error: unknown): string =>
  `the report can't be written to ${resolve(file)}: ${plainly(error)}`

export const unwritable = (path: string, error: unknown): string =>
  `evidence can't be saved in ${path}: ${plainly(error)}`
