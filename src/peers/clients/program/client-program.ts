import { type ChildProcess, spawn } from 'node:child_process'
import type { Writable } from 'node:stream'
import type { ClientSignal } from '../../../faults/fault.ts'
import { readLines } from '../../../processes/program-lines.ts'
import { endMarked, guardMarked, guardProcess, MARK_VARIABLE, newMark, startReaper } from '../../../processes/reaper.ts'
import { tether } from '../../../processes/tether.ts'
import type { Command } from '../../recipes/recipe.ts'
import type { ClientContext } from '../client.ts'
import { stopOrGo } from './frozen.ts'

export interface ProgramContext {
  readonly command: Command
  /** Into the namespace where it is to live. */
  readonly enter?: ClientContext['enter']
  readonly env: NodeJS.ProcessEnv
  /** Characters that a line of its standard output may have; absent: `LONGEST_LINE`. */
  readonly longestLine?: number
  /** Lines of its standard output and of its standard error. */
  readonly onOutput: (line: string) => void
  readonly onComplaint: (line: string) => void
}

/** A program of its own, running. Disposing it ends it with all that it started, whatever signals it ignores. */
export interface ClientProgram extends AsyncDisposable {
  /** Its standard input; at its end the program is to end. */
  readonly input: Writable
  /** Of the program itself; absent where it could not be started. */
  readonly pid?: number
  /** Of the program itself; what it put into the background may go on. */
  readonly ended: Promise<Ending>
  /** The program, and all that it started and that stayed in its group. */
  signal(signal: ClientSignal): Promise<void>
}

/** `exit code 3`, `SIGKILL`, or why it could not be started. */
export interface Ending {
  readonly code?: number
  readonly note: string
}

/** In a group of its own, and known to the reaper. */
export function startProgram({
  command,
  enter,
  env,
  longestLine,
  onOutput,
  onComplaint,
}: ProgramContext): ClientProgram {
  startReaper()
  const mark = newMark()
  const tied = tether(command)
  const [program, ...own] = tied.command
  const [file, ...args] = enter?.(program, own) ?? tied.command
  const child = spawn(file, args, {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', ...tied.stdio],
    env: { ...env, [MARK_VARIABLE]: mark },
  })
  tied.hold(child)
  const releases = [guardMarked(), ...(child.pid === undefined ? [] : [guardProcess(child.pid)])]
  readLines(child.stdout, onOutput, longestLine)
  readLines(child.stderr, onComplaint)
  // It may end without reading; `ended` says so.
  child.stdin.on('error', () => {})
  const ended = endOf(child)
  const end = async () => {
    killGroup(child)
    await ended
    await endMarked(mark)
    for (const release of releases) release()
  }
  let ending: Promise<void> | undefined
  return {
    input: child.stdin,
    ...(child.pid !== undefined && { pid: child.pid }),
    ended,
    async signal(signal) {
      const { pid } = child
      if (pid !== undefined) await stopOrGo([pid], signal, name => signalGroup(pid, name))
    },
    [Symbol.asyncDispose]() {
      // Once: its process id may be somebody else's later.
      ending ??= end()
      return ending
    },
  }
}

const endOf = (child: ChildProcess): Promise<Ending> =>
  new Promise(resolve => {
    child.once('error', error => resolve({ note: error.message }))
    child.once('exit', (code, signal) =>
      resolve(code === null ? { note: signal ?? 'ended' } : { code, note: `exit code ${code}` }),
    )
  })

function killGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) signalGroup(pid, 'SIGKILL')
}

function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name)
  } catch {
    // No process of it is left.
  }
}
