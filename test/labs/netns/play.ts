import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Evidence } from '../../../src/model/evidence.ts'
import type { Verdict } from '../../../src/model/verdict.ts'

export const REPOSITORY = join(import.meta.dirname, '../../..')
const PROGRAM = join(import.meta.dirname, 'hold.ts')
/** Debian's `nobody`: a user without any right of its own. */
export const NOBODY = 65_534

export interface Played {
  readonly verdict: Verdict
  readonly evidence: Evidence
}

/** Plays scenario files in the lab netns, in a process of its own, as this user or as another. */
export function startPlaying(files: readonly string[], uid?: number) {
  const child = spawn(process.execPath, ['--import', 'jiti/register', PROGRAM, ...files], {
    cwd: REPOSITORY,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, JITI_FS_CACHE: 'false', HOME: '/tmp' },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  const lines: string[] = []
  let onLine = () => {}
  const first = new Promise<{ readonly uid: number; readonly right?: string; readonly reason?: string }>(resolve => {
    onLine = () => resolve(JSON.parse(lines[0] ?? '{}'))
  })
  createInterface({ input: child.stdout }).on('line', line => {
    lines.push(line)
    onLine()
  })
  const played = new Promise<readonly Played[]>(resolve =>
    child.once('close', () => resolve(lines.slice(1).map(line => JSON.parse(line)))),
  )
  return { child, first, played }
}
