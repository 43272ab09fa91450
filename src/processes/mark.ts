/**
 * A program may put a child into the background, and that child may leave its group of processes (setsid). What it can hardly
 * help is to inherit the environment, so everything that we start carries a mark there: `HALFOPEN_RUN=<this process>/<number>/`.
 * Linux shows the environment of one's own processes in /proc. Elsewhere only the group is ended (docs/drivers.md).
 */
import { randomUUID } from 'node:crypto'
import * as files from 'node:fs/promises'
import { guardCommand } from './reaper.ts'

export const MARK_VARIABLE = 'HALFOPEN_RUN'

/** Where halfopen itself runs inside of a halfopen, what the inner one started is the outer one's too. */
const OURS = `${process.env[MARK_VARIABLE] ?? ''}${randomUUID()}/`

let count = 0
/** For the environment of everything that is started for one purpose. */
export const newMark = (): string => `${OURS}${++count}/`

/** Kills whatever carries the mark, and what that started meanwhile. Resolves once nothing is found any more. */
export const endMarked = (mark: string): Promise<void> => sweep(`${MARK_VARIABLE}=${mark}`, files)

/** Uses nothing but its parameters and Node's globals, since the reaper runs it from its text. */
async function sweep(marked: string, { readdir, readFile }: Pick<typeof files, 'readdir' | 'readFile'>): Promise<void> {
  const MOST_ROUNDS = 50
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const names = (await readdir('/proc').catch(() => [])).filter(name => /^\d+$/.test(name))
    const others: number[] = []
    // One after the other: a thousand at once would be as many descriptors.
    for (const name of names) {
      const environment = await readFile(`/proc/${name}/environ`, 'latin1').catch(() => '')
      if (`\0${environment}`.includes(`\0${marked}`) && Number(name) !== process.pid) others.push(Number(name))
    }
    if (others.length === 0) return
    for (const pid of others) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {}
    }
  }
}

let guards = 0
let release = () => {}

/** Has the reaper do the same for all that this process started, should it be killed. Call the result once yours is ended. */
export function guardMarked(): () => void {
  if (guards++ === 0) {
    const program = `(${sweep})(${JSON.stringify(`${MARK_VARIABLE}=${OURS}`)}, require('node:fs/promises'))`
    release = guardCommand(process.execPath, ['-e', program])
  }
  let held = true
  return () => {
    if (held && --guards === 0) release()
    held = false
  }
}
