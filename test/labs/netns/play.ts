import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Evidence } from '../../../src/model/evidence.ts'
import type { Verdict } from '../../../src/model/verdict.ts'

export const REPOSITORY = join(import.meta.dirname, '../../..')
const PROGRAM = 'test/labs/netns/hold.ts'
/** Debian's `nobody`: a user without any right of its own. */
export const NOBODY = 65_534

export interface Played {
  readonly verdict: Verdict
  readonly evidence: Evidence
}

/** Plays scenario files in the lab netns, in a process of its own, as this user or as another. */
export function startPlaying(files: readonly string[], uid?: number, env: NodeJS.ProcessEnv = {}) {
  const node = [process.execPath, '--import', './test/load-built.js', PROGRAM, ...files]
  const [command = '', ...args] = uid === undefined ? node : [...asUser(uid), ...node]
  const child = spawn(command, args, {
    cwd: REPOSITORY,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, HOME: '/tmp', ...env },
  })
  const lines: string[] = []
  let onLine = () => {}
  const first = new Promise<{ readonly uid: number; readonly right?: string; readonly reason?: string }>(resolve => {
    onLine = () => resolve(JSON.parse(lines[0] ?? '{}'))
    child.once('close', () => resolve({ uid: -1, reason: 'it ended before it said anything' }))
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

/** The checkout may lie where only its owner can look, so the other user sees it at /mnt, in a mount namespace of its own. */
const asUser = (uid: number): string[] => [
  'unshare',
  '--mount',
  'sh',
  '-ec',
  'mount --bind . /mnt; cd /mnt; exec setpriv --reuid="$0" --regid="$0" --clear-groups "$@"',
  `${uid}`,
]
