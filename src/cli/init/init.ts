import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeFolder } from '../../text/make-folder.ts'
import { plainly } from '../../vitest/plainly.ts'
import { Complaint, EXIT } from '../exit.ts'
import { say } from '../say.ts'
import { FIRST_SCENARIO } from './first-scenario.ts'
import { WORKFLOW } from './workflow.ts'

const FILES = [
  ['scenarios/first.yaml', FIRST_SCENARIO],
  ['.github/workflows/halfopen.yml', WORKFLOW],
] as const

/** `halfopen init`: adds what is missing, and touches nothing that is there. */
export async function initProject(cwd: string): Promise<void> {
  for (const [file, text] of FILES) {
    const written = await writeNew(join(cwd, file), text)
    say(written ? `wrote ${file}\n` : `left ${file} as it is\n`)
  }
  say('\nNow play it:  npx halfopen run\n')
}

async function writeNew(path: string, text: string): Promise<boolean> {
  try {
    await makeFolder(dirname(path))
    if (existsSync(path)) return false
    await writeFile(path, text, { flag: 'wx' })
    return true
  } catch (error) {
    throw new Complaint(`error: ${path} can't be written: ${plainly(error)}`, EXIT.inconclusive)
  }
}
