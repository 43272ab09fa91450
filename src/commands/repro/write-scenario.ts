import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Reproduction } from '../../diagnosis/reproduction.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { complain, say } from '../../terminal/say.ts'
import { plainly } from '../../text/message-of.ts'
import { kindAt } from '../../text/read-text.ts'
import { makeFolder } from '../../text/write-files.ts'

/** Before anything is played: complains where the file is there already. */
export async function requireNew(file: string): Promise<void> {
  if ((await kindAt(file)) !== 'nothing') throw taken(file)
}

const taken = (file: string): Complaint =>
  new Complaint(`error: --write: ${file} is there already, and nothing is written over; name another`, EXIT.usage)

/** Writes a scenario to a file that is not there yet, and says how to play it. Rejects with a Complaint. */
export async function writeScenario(file: string, text: string, tell = say): Promise<void> {
  try {
    await makeFolder(dirname(file))
    await writeFile(file, text, { flag: 'wx' })
  } catch (error) {
    // A name that is taken is a slip of the command line; a full disk is not.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw taken(file)
    throw new Complaint(`error: --write: ${file} can't be written: ${plainly(error)}`, EXIT.inconclusive)
  }
  tell(`\nwritten to ${file}; play it with: halfopen run ${file}\n`)
}

/** The same for what a log or a capture says; where no scenario plays it, says so. */
export async function writeReproduction(file: string, scenario: Reproduction | undefined, json = false): Promise<void> {
  // JSON on standard output stays JSON.
  if (scenario) await writeScenario(file, scenario.text, json ? complain : say)
  else complain('halfopen: --write: nothing was written, since no scenario plays what was found\n')
}
