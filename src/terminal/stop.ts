import { realClock } from '../clock/real.ts'
import { Complaint, leaveUnfinished, quit, SIGNAL_EXIT, type StopSignal } from './exit.ts'
import { complain } from './say.ts'

export interface Stop {
  readonly signal: AbortSignal
  /** Which signal it was. */
  readonly by: () => StopSignal | undefined
  dispose(): void
}

/** A command that was asked to stop ends within this time, whatever it waits for. Most end within a second. */
const LAST_RESORT_MS = 10_000

/** The first signal asks the command to end in order; the second one, or its taking too long, ends the process. */
export function onStopSignal(told: (signal: StopSignal) => void): Stop {
  const controller = new AbortController()
  let by: StopSignal | undefined
  let cancel = () => {}
  const listener = (signal: NodeJS.Signals) => {
    if (by !== undefined) {
      leaveUnfinished()
      quit(SIGNAL_EXIT[by])
    }
    const first = signal as StopSignal
    by = first
    const clock = realClock()
    cancel = clock.at(clock.nowMs() + LAST_RESORT_MS, () => {
      leaveUnfinished()
      complain(`halfopen: ${first}: it did not end in order within ${LAST_RESORT_MS / 1000} s\n`)
      quit(SIGNAL_EXIT[first])
    })
    told(first)
    controller.abort(new Error(`stopped by ${first}`))
  }
  const names = Object.keys(SIGNAL_EXIT) as StopSignal[]
  for (const name of names) process.on(name, listener)
  return {
    signal: controller.signal,
    by: () => by,
    dispose: () => {
      cancel()
      for (const name of names) process.off(name, listener)
    },
  }
}

export const sayStopping = (signal: StopSignal): void => complain(`\n${signal}: stopping; once more to end at once.\n`)

/** The exit code of `act`, or the signal's once one came: what goes wrong because of a signal is no failure of anything. */
export async function untilStopped(
  act: (stop: Stop) => Promise<number>,
  told: (signal: StopSignal) => void = sayStopping,
): Promise<number> {
  const stop = onStopSignal(told)
  const codeOr = (code: number): number => {
    const by = stop.by()
    return by === undefined ? code : SIGNAL_EXIT[by]
  }
  try {
    return codeOr(await act(stop))
  } catch (error) {
    if (stop.by() === undefined) throw error
    if (error instanceof Complaint) throw new Complaint(error.message, codeOr(error.exitCode))
    return codeOr(0)
  } finally {
    stop.dispose()
  }
}

/**
 * What `work` comes to, unless a signal comes first: then it rejects at once, and what was begun is left to the reaper. For
 * waits that can't be called off: a broker that starts, or one that is asked whether it is there.
 */
export async function unlessStopped<T>(work: Promise<T>, { signal }: Pick<Stop, 'signal'>): Promise<T> {
  let stop = () => {}
  const stopped = new Promise<never>((_, reject) => {
    stop = () => {
      leaveUnfinished()
      reject(signal.reason)
    }
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  })
  try {
    return await Promise.race([work, stopped])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
