import type { Clock } from '../../../clock/clock.ts'
import type { Record, Recorded } from '../../../clock/kit.ts'
import { ownMs, realClock } from '../../../clock/real.ts'
import type { ClientSignal } from '../../../faults/fault.ts'
import { LONGEST_LINE } from '../../../processes/program-lines.ts'
import { threadStates } from '../../../processes/threads.ts'
import type { ClientContext } from '../client.ts'

/** The signal of a client that is a program, with its word for the record. */
export const signalOf =
  (record: Record, obey: (signal: ClientSignal) => Promise<void>) =>
  async (signal: ClientSignal): Promise<void> => {
    await obey(signal)
    record({ who: 'client', what: signal === 'freeze' ? 'frozen' : 'thawed' })
  }

/** A line holds a message, and JSON around it. */
export const longestLineOf = ({ subscribe }: Pick<ClientContext, 'subscribe'>): number =>
  LONGEST_LINE + 2 * (subscribe?.size ?? 0)

/** How soon after a thaw a process has told of the standstill. */
const AFTERMATH_MS = 1000

/** When a client was stopped by the scenario: the standstill that its process tells of itself is no trouble of the machine then. */
export class Frozen {
  readonly #clock: Clock
  #fromMs = Infinity
  #untilMs = Infinity

  constructor(clock: Clock) {
    this.#clock = clock
  }

  begin(): void {
    this.#fromMs = this.#clock.nowMs()
    this.#untilMs = Infinity
  }

  end(): void {
    this.#untilMs = this.#clock.nowMs()
  }

  get isNow(): boolean {
    return this.#fromMs !== Infinity && this.#untilMs === Infinity
  }

  explains(event: Recorded): boolean {
    if (event.what !== 'stalled' && event.what !== 'starved') return false
    const { atMs = this.#clock.nowMs() } = event
    return atMs >= this.#fromMs && atMs <= this.#untilMs + ownMs(this.#clock, AFTERMATH_MS)
  }
}

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
