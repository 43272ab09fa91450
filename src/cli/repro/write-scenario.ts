import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeFolder } from '../../text/make-folder.ts'
import { Complaint, EXIT } from '../exit.ts'
import { say } from '../say.ts'

/** Writes a scenario to a file that is not there yet, and says how to play it. Rejects with a Complaint. */
export async function writeScenario(file: string, text: string): Promise<void> {
  try {
    await makeFolder(dirname(file))
    await writeFile(file, text, { flag: 'wx' })
  } catch (error) {
    throw new Complaint(`error: --write: ${(error as Error).message}`, EXIT.usage)
  }
  say(`\nwritten to ${file}; play it with: halfopen run ${file}\n`)
}
