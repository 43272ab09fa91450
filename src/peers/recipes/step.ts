import { type ChildProcess, spawn } from 'node:child_process'
import { appendFile, open } from 'node:fs/promises'
import { onAbort } from '../../clock/on-abort.ts'
import { realClock } from '../../clock/real.ts'
import { formatMs } from '../../model/duration.ts'
import { tether } from '../../processes/tether.ts'
import type { Command } from './recipe.ts'

export interface StepSeat {
  readonly cwd: string
  /** All that it says goes there. */
  readonly log: string
  readonly env: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** How long it may take. */
  readonly limitMs: number
}

/** Runs a command to its end. Rejects where it fails, takes too long or is called off; then nothing of it goes on. */
export async function runStep(command: Command, { cwd, log, env, signal, limitMs }: StepSeat): Promise<void> {
  await appendFile(log, `$ ${command.join(' ')}\n`)
  await using said = await open(log, 'a')
  const tied = tether(command)
  const [file, ...args] = tied.command
  // A group of its own, so that a stop reaches what npm and cargo start in their turn.
  const child = spawn(file, args, {
    cwd,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', said.fd, said.fd, ...tied.stdio],
  })
  tied.hold(child)
  const stop = () => killGroup(child.pid)
  const clock = realClock()
  let late = false
  const cancel = clock.at(clock.nowMs() + limitMs, () => {
    late = true
    stop()
  })
  const forget = onAbort(signal, stop)
  const how = await endOf(child)
  cancel()
  forget()
  signal?.throwIfAborted()
  if (late) throw new Error(`it took longer than ${formatMs(limitMs)}: ${command.join(' ')}`)
  if (how !== undefined) throw new Error(`${how}: ${command.join(' ')}`)
}

/** `undefined` where it went well. */
const endOf = (child: ChildProcess): Promise<string | undefined> =>
  new Promise(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('exit', (code, signal) => resolve(code === 0 ? undefined : (signal ?? `exit code ${code}`)))
  })

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody of it is left.
  }
}

/**
 * Where the tools put what they need for a moment: pip, npm, cargo, C compilers and Go go by TMPDIR, Go by GOTMPDIR before that,
 * and a Java virtual machine by a property only; it also keeps a file of figures in /tmp, unless it is told not to.
 */
export const temporaryIn = (
  folder: string,
  env: NodeJS.ProcessEnv = process.env,
): Readonly<Record<string, string>> => ({
  TMPDIR: folder,
  TMP: folder,
  TEMP: folder,
  GOTMPDIR: folder,
  JAVA_TOOL_OPTIONS: [env.JAVA_TOOL_OPTIONS, `"-Djava.io.tmpdir=${folder}"`, '-XX:+PerfDisableSharedMem']
    .filter(Boolean)
    .join(' '),
})
