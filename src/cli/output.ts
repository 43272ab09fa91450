import { writeSync } from 'node:fs'
import { EXIT, quit } from '../terminal/exit.ts'
import { steady } from '../terminal/say.ts'
import { plainly } from '../text/message-of.ts'

/** As a shell counts SIGPIPE, which Node ignores: who reads has had enough (`halfopen list | head`), and that needs no words. */
const PIPE_EXIT = 141

/** Where nothing can be written any more, the command ends at once, and what it started with it. */
export function hearOutput(): void {
  process.stdout.on('error', error => lost('standard output', error))
  process.stderr.on('error', error => lost('standard error', error))
}

/**
 * Ends the process once all that it said was taken: `process.exit` at once would cut off what a pipe has not taken yet. What
 * could not be written is told instead.
 */
export function leave(code: number): void {
  process.exitCode = code
  // Node tells of a write that failed two rounds later, by an event only: its standard streams forget their error.
  const soon = (act: () => void) => process.nextTick(() => process.nextTick(act))
  soon(() => whenTaken(process.stdout, () => whenTaken(process.stderr, () => soon(() => quit(code)))))
}

/** A failure is an event, which ends the process. */
function whenTaken(stream: NodeJS.WriteStream, act: () => void): void {
  if (stream.writableLength === 0) act()
  else stream.write('', act)
}

function lost(what: string, error: NodeJS.ErrnoException): never {
  if (error.code === 'EPIPE') quit(PIPE_EXIT)
  sayLast(`${what} can't be written: ${plainly(error)}`)
  quit(EXIT.inconclusive)
}

/** Straight to the descriptor: the stream may be what failed. */
export function sayLast(text: string): void {
  try {
    writeSync(2, steady(`halfopen: ${text}\n`))
  } catch {
    // Then only the exit code tells.
  }
}
