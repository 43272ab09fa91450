/**
 * Children that die with their parent, whatever ends the parent: also where the reaper was killed with it (`killall -9 node`).
 *
 * On Linux the kernel does that: prctl(2) PR_SET_PDEATHSIG, set by setpriv(1) of util-linux, which then becomes the program. Two
 * properties decide where it may be used:
 * - The signal comes when the *thread* ends that started the child. libuv forks in the thread that calls spawn, so what a
 *   worker thread starts dies with that thread. That is what the reaper does too: its pipe is closed with the thread.
 * - A change of credentials takes it away (user_namespaces(7)), so setpriv stands behind what enters a namespace, not before.
 *   What the program starts in its turn has it not: the reaper's marks and groups are for that.
 * And the parent may be gone before it is set; so a shell looks who the parent is then, and becomes the program only if it is us.
 *
 * Elsewhere a shell that is nobody's child waits at a pipe of which only we have the other end, and kills the program when that
 * is closed; it knows the program from a later one of the same number by when it began.
 */
import { type ChildProcess, spawnSync } from 'node:child_process'
import type { Socket } from 'node:net'
import which from 'which'

type Command = readonly [file: string, ...args: string[]]

export interface Tether {
  /** Becomes the program: its process id is the program's. */
  readonly command: Command
  /** For `spawn`, behind the streams of the program. */
  readonly stdio: readonly 'pipe'[]
  /** To be called with what was started. */
  hold(child: ChildProcess): void
}

export type TetherMethod = 'kernel' | 'pipe' | 'none'

const SETPRIV = ['setpriv', '--pdeathsig', 'KILL', '--'] as const
const IF_OURS = ['sh', '-c', '[ "$PPID" = "$1" ] || exit 1; shift; exec "$@"', 'sh', String(process.pid)] as const

/** The descriptor of the pipe, behind stdin, stdout and stderr. */
const PIPE = 3

const WATCHER = `
began=$(ps -o lstart= -p $$)
( ( read -r _ <&${PIPE}
    [ -n "$began" ] && [ "$(ps -o lstart= -p $$)" = "$began" ] && kill -9 $$
  ) </dev/null >/dev/null 2>&1 & )
exec ${PIPE}<&-
exec "$@"`

let known: TetherMethod | undefined

/** Asked once: the setpriv of BusyBox does not know the option. */
function wayHere(): TetherMethod {
  if (known) return known
  const [file, ...args] = SETPRIV
  const isLinux = process.platform === 'linux'
  if (isLinux && spawnSync(file, [...args, 'true'], { stdio: 'ignore', timeout: 5000 }).status === 0) known = 'kernel'
  else known = process.platform === 'win32' ? 'none' : 'pipe'
  return known
}

/** What is not there is not wrapped, so that its absence is told by its own name. */
export function tether(command: Command, way: TetherMethod = wayHere()): Tether {
  if (way === 'none' || which.sync(command[0], { nothrow: true }) === null)
    return { command, stdio: [], hold: () => {} }
  if (way === 'kernel') return { command: [...SETPRIV, ...IF_OURS, ...command], stdio: [], hold: () => {} }
  return { command: ['sh', '-c', WATCHER, 'sh', ...command], stdio: ['pipe'], hold }
}

/**
 * For processes of our own that talk through an IPC channel and end when that is closed: where the kernel ties, it ends them also while
 * they are stopped, or too busy to notice. Elsewhere the command is as it was.
 */
export const tetherByKernel = (command: Command): Command =>
  wayHere() === 'kernel' ? tether(command, 'kernel').command : command

function hold(child: ChildProcess): void {
  const pipe = child.stdio[PIPE] as Socket | undefined
  pipe?.on('error', () => {})
  // It must not keep us alive.
  pipe?.unref()
  child.once('exit', () => pipe?.destroy())
}
