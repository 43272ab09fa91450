import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { lastWordsOf } from '../../processes/last-words.ts'
import { guardCommand, guardProcess, startReaper } from '../../processes/reaper.ts'
import { runCommand, type ToolRun } from '../../processes/run-tool.ts'
import { tetherByKernel } from '../../processes/tether.ts'

/** A network namespace that a process holds: it has no name and no file, so it is gone with its last process. */
export interface Namespace {
  readonly pid: number
  /** The command that becomes this program, in the namespace. The process id stays the same. */
  enter(file: string, args: readonly string[]): ToolRun
  /** A shell script, to its end; what it printed. Rejects where any command of it fails. */
  shell(script: string): Promise<string>
  /** A program with this on its stdin, to its end. */
  run(file: string, args: readonly string[], input?: string): Promise<string>
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
  return {
    pid,
    enter,
    shell: script => runCommand(enter('sh', ['-e', '-s']), script),
    run: (file, args, input) => runCommand(enter(file, args), input),
  }
}

/** A process that does nothing but hold a namespace; it ends by itself when ours does, since its stdin does. */
interface Holder extends AsyncDisposable {
  readonly pid: number
}

/** Started by the command that `enter` makes of it, which must become the program (by exec) and not its parent. */
export async function startHolder(enter: (file: string, args: readonly string[]) => ToolRun): Promise<Holder> {
  startReaper()
  const [program, ...own] = tetherByKernel(['sh', '-c', 'echo here; exec cat'])
  const [file, ...args] = enter(program, own)
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const release = child.pid === undefined ? () => {} : guardProcess(child.pid)
  child.stdin.on('error', () => {})
  const ended = lastWordsOf(child).finally(release)
  const here = new Promise<undefined>(resolve => child.stdout.once('data', () => resolve(undefined)))
  const why = await Promise.race([here, ended])
  if (why !== undefined || child.pid === undefined) throw new Error(`no network namespace: ${why}`)
  return {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
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
