/** Processes of one case: all that inherited its mark. Linux shows the environment of one's own processes. */
import { readdirSync, readFileSync } from 'node:fs'

export const MARK = 'HALFOPEN_TEST_HARM'

export interface Found {
  readonly pid: number
  /** Its arguments, with a NUL behind each. */
  readonly line: string
}

export const marked = (mark: string): readonly Found[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && read(`/proc/${name}/environ`).includes(`${MARK}=${mark}\0`))
    .map(name => ({ pid: Number(name), line: read(`/proc/${name}/cmdline`) }))
    // A process that has ended and was not asked for yet has no command line.
    .filter(({ line }) => line !== '')

/** Sends it where the process is still there. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended.
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
