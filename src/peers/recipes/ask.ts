import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { onAbort } from '../../clock/clock.ts'
import { realClock } from '../../clock/real.ts'
import { tether } from '../../processes/tether.ts'
import type { Command } from './recipe.ts'

export interface Said {
  /** `undefined`: it could not be started, was ended by a signal, or was not waited for any longer. */
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
  /** Why there is no code. */
  readonly why?: string
}

export interface AskOptions {
  /** How long it may take, with all that it leaves behind: what is longer is ended. */
  readonly limitMs: number
  readonly env?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** Of each stream; what it says beyond that is read and forgotten. */
const MOST_KEPT_BYTES = 64 * 1024

/**
 * Runs a program that is to answer shortly, without input, and tells what it said. It never rejects and always resolves in
 * time: execa waits for the end of the streams, which something in the background may hold (execa 9.6.1 resolved after 6 s where
 * `timeout` was 1 s).
 */
export function ask([file, ...args]: Command, { limitMs, env, signal }: AskOptions): Promise<Said> {
  const tied = tether([file, ...args])
  const [program, ...own] = tied.command
  // A group of its own, so that all of it can be ended.
  const child = spawn(program, own, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', ...tied.stdio],
    env: { ...process.env, ...env },
  })
  tied.hold(child)
  const [stdout, stderr] = [child.stdout, child.stderr].map(stream => stream && keep(stream))
  const clock = realClock()
  return new Promise(resolve => {
    let forget = () => {}
    const over = (ending: Pick<Said, 'code' | 'why'>) => {
      cancel()
      forget()
      resolve({ ...ending, stdout: stdout?.() ?? '', stderr: stderr?.() ?? '' })
    }
    const giveUp = (why: string) => {
      endGroup(child)
      over({ code: undefined, why })
    }
    const cancel = clock.at(clock.nowMs() + limitMs, () => giveUp(`it did not answer within ${limitMs / 1000} s`))
    const stop = () => giveUp('it was stopped')
    child.once('error', error => over({ code: undefined, why: error.message }))
    child.once('close', (code, by) => over(code === null ? { code: undefined, why: `it ended with ${by}` } : { code }))
    forget = onAbort(signal, stop)
  })
}

/** Its beginning. */
function keep(stream: Readable): () => string {
  const pieces: Buffer[] = []
  let bytes = 0
  stream.on('error', () => {})
  stream.on('data', (piece: Buffer) => {
    const kept = piece.subarray(0, MOST_KEPT_BYTES - bytes)
    bytes += kept.length
    if (kept.length > 0) pieces.push(kept)
  })
  return () => Buffer.concat(pieces).toString('utf8')
}

function endGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Nobody of it is left.
  }
  child.stdout?.destroy()
  child.stderr?.destroy()
  child.unref()
}
