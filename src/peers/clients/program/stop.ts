import { realClock } from '../../../clock/real.ts'
import type { ClientSignal } from '../../../faults/fault.ts'
import { threadStates } from '../../../processes/threads.ts'

/** A stop is in force within a time slice; this is for a machine in trouble. */
const LIMIT_MS = 2000

const clock = realClock()

/** Resolves once no thread of these processes is scheduled any more, or all may be again. Throws where they do not obey. */
export async function stopOrGo(pids: readonly number[], signal: ClientSignal, kill: (name: NodeJS.Signals) => void) {
  kill(signal === 'freeze' ? 'SIGSTOP' : 'SIGCONT')
  const isSo = (state: string) => (state === 'T') === (signal === 'freeze')
  const limitMs = clock.nowMs() + LIMIT_MS
  while (!pids.flatMap(threadStates).every(isSo)) {
    if (clock.nowMs() > limitMs)
      throw new Error(`the client (pid ${pids.join(', ')}) did not obey the signal within 2 s`)
    await clock.advanceTo(clock.nowMs() + 1)
  }
}
