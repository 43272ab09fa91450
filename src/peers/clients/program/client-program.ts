import { type ChildProcess, spawn } from 'node:child_process'
import type { Writable } from 'node:stream'
import { here } from '../../../clock/here.ts'
import { type MachineDate, monotonicMs, realClock } from '../../../clock/real.ts'
import type { ClientSignal } from '../../../faults/fault.ts'
import { type ProgramLog, programLog, spawned } from '../../../hosts/program-log.ts'
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
  /** Lines of its standard output and of its standard error, and when they came. */
  readonly onOutput: (line: string, seen?: MachineDate) => void
  readonly onComplaint: (line: string, seen?: MachineDate) => void
  /** What it says from now on is lost. */
  readonly onTrouble: (note: string) => void
}

/** A program of its own, running. Disposing it ends it with all that it started, whatever signals it ignores. */
export interface ClientProgram extends AsyncDisposable {
  /** Its standard input; at its end the program is to end. */
  readonly input: Writable
  /** Of the program itself; absent where it could not be started. */
  readonly pid?: number
  /** Of the program itself, once what it said was read; what it put into the background may go on. */
  readonly ended: Promise<Ending>
  /** The program, and all that it started and that stayed in its group. */
  signal(signal: ClientSignal): Promise<void>
}

/** `exit code 3`, `SIGKILL`, or why it could not be started. */
export interface Ending {
  readonly seen: MachineDate
  readonly code?: number
  readonly note: string
}

/** In a group of its own, and known to the reaper. */
export async function startProgram({
  command,
  enter,
  env,
  longestLine,
  onOutput,
  onComplaint,
  onTrouble,
}: ProgramContext): Promise<ClientProgram> {
  startReaper()
  const log = await programLog({
    onLine: (line, stream, seen) => (stream === 0 ? onOutput : onComplaint)(line, seen),
    onTrouble,
    ...(longestLine !== undefined && { longest: longestLine }),
  })
  const mark = newMark()
  const tied = tether(command)
  const [program, ...own] = tied.command
  const [file, ...args] = enter?.(program, own) ?? tied.command
  const child = spawned(log, () =>
    spawn(file, args, {
      detached: true,
      stdio: ['pipe', ...log.stdio, ...tied.stdio],
      env: { ...env, [MARK_VARIABLE]: mark },
    }),
  )
  tied.hold(child)
  const releases = [guardMarked(), ...(child.pid === undefined ? [] : [guardProcess(child.pid)])]
  const input = child.stdin as Writable
  // It may end without reading; `ended` says so.
  input.on('error', () => {})
  const ended = endOf(child, log)
  const end = async () => {
    killGroup(child)
    await ended
    await endMarked(mark)
    for (const release of releases) release()
  }
  let ending: Promise<void> | undefined
  return {
    input,
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

/** What it left in the background may hold its streams for ever. */
const LAST_WORDS_MS = 250

const clock = realClock()

async function endOf(child: ChildProcess, log: ProgramLog): Promise<Ending> {
  const ending = await new Promise<Ending>(resolve => {
    const over = (how: Omit<Ending, 'seen'>) =>
      resolve({ seen: { atMs: monotonicMs(), lateMs: here.lateMs() }, ...how })
    child.once('error', error => over({ note: error.message }))
    child.once('exit', (code, signal) =>
      over(code === null ? { note: signal ?? 'ended' } : { code, note: `exit code ${code}` }),
    )
  })
  await Promise.race([log.ended, clock.advanceTo(clock.nowMs() + LAST_WORDS_MS)])
  return ending
}

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
