import type { ChildProcess } from 'node:child_process'

/** Characters of them. */
const MOST_KEPT = 2000

/** Resolves once it is gone, with what it wrote to stderr at last, or else with how it ended. */
export function lastWordsOf(child: ChildProcess): Promise<string> {
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MOST_KEPT)
  })
  return new Promise(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('close', (code, signal) => resolve(said.trim() || (signal ?? `exit code ${code}`)))
  })
}
