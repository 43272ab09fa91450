import { type Command, runCommand } from '../../processes/run-tool.ts'

/** A network namespace that a process holds: it has no name and no file, so it is gone with its last process. */
export interface Namespace {
  readonly pid: number
  /** The command that becomes this program, in the namespace. The process id stays the same. */
  enter(file: string, args: readonly string[]): Command
  /** A shell script, to its end; what it printed. Rejects where any command of it fails. */
  shell(script: string): Promise<string>
  /** A program with this on its stdin, to its end. */
  run(file: string, args: readonly string[], input?: string): Promise<string>
}

/** How one becomes allowed to have namespaces: as root one is, else in a user namespace where one is root. */
export type Right = 'root' | 'user-namespace'

/** The command that becomes this program in a new network namespace of its own. */
export const unshareCommand = (right: Right, file: string, args: readonly string[]): Command => [
  'unshare',
  ...(right === 'root' ? [] : ['--map-root-user']),
  '--net',
  file,
  ...args,
]

export function namespaceOf(pid: number, right: Right): Namespace {
  const user = right === 'root' ? [] : ['--user', '--preserve-credentials']
  const enter = (file: string, args: readonly string[]): Command => [
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
