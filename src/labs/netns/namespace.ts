import * as fs from 'node:fs'
import { guardCommand } from '../../processes/reaper.ts'
import type { ToolRun } from '../../processes/run-tool.ts'

/** A network namespace that a process holds: it has no name and no file, so it is gone with its last process. */
export interface Namespace {
  readonly pid: number
  /** The command that becomes this program, in the namespace. The process id stays the same. */
  enter(file: string, args: readonly string[]): ToolRun
}

/** How one becomes allowed to have namespaces: as root one is, else in a user namespace where one is root. */
export type Right = 'root' | 'user-namespace'

/** The command that becomes this program in a new network namespace of its own. */
export const unshareCommand = (right: Right, file: string, args: readonly string[]): ToolRun => [
  'unshare',
  ...(right === 'root' ? [] : ['--map-root-user']),
  '--net',
  file,
  ...args,
]

export function namespaceOf(pid: number, right: Right): Namespace {
  const user = right === 'root' ? [] : ['--user', '--preserve-credentials']
  const enter = (file: string, args: readonly string[]): ToolRun => [
    'nsenter',
    `--target=${pid}`,
    ...user,
    '--net',
    '--',
    file,
    ...args,
  ]
  return { pid, enter }
}

/** Also run as `node -e` by the watchdog, so it may use nothing but its parameters. */
function killAll(
  namespaces: readonly string[],
  { readdirSync, readlinkSync }: typeof fs,
  self: NodeJS.Process,
): number {
  const found = readdirSync('/proc').filter(name => {
    if (!/^\d+$/.test(name) || Number(name) === self.pid) return false
    try {
      return namespaces.includes(readlinkSync(`/proc/${name}/ns/net`))
    } catch {
      // Gone meanwhile, or somebody else's.
      return false
    }
  })
  for (const name of found) {
    try {
      self.kill(Number(name), 'SIGKILL')
    } catch {}
  }
  return found.length
}

/** Which namespace a process lives in, as the kernel spells it: `net:[4026532561]`. */
const netnsOf = (pid: number | 'self'): string => fs.readlinkSync(`/proc/${pid}/ns/net`)

/**
 * Whatever lives in these namespaces is to be killed when our process has ended: also what a client under test has forked
 * into the background. Calling the result kills it now.
 */
export function guardNamespaces(pids: readonly number[]): () => void {
  const own = netnsOf('self')
  const namespaces = pids.map(netnsOf)
  // It would kill the whole machine.
  if (namespaces.includes(own)) throw new Error('a namespace of the lab is the one that halfopen itself lives in')
  const program = `(${killAll})(${JSON.stringify(namespaces)}, require('node:fs'), process)`
  const release = guardCommand(process.execPath, ['-e', program])
  return () => {
    // Twice: a process may have been forking while the first ones were counted.
    for (let round = 0; round < 5 && killAll(namespaces, fs, process) > 0; round++);
    release()
  }
}
