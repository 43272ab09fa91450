import { SIGNAL_EXIT, type StopSignal } from '../exit.ts'

export interface Stop {
  readonly signal: AbortSignal
  /** Which signal it was. */
  readonly by: () => StopSignal | undefined
  dispose(): void
}

/** The first signal asks the run to end in order; the second ends the process. */
export function onStopSignal(told: (signal: StopSignal) => void): Stop {
  const controller = new AbortController()
  let by: StopSignal | undefined
  const listener = (signal: NodeJS.Signals) => {
    if (by !== undefined) process.exit(SIGNAL_EXIT[by])
    by = signal as StopSignal
    told(by)
    controller.abort(new Error(`stopped by ${by}`))
  }
  const names = Object.keys(SIGNAL_EXIT) as StopSignal[]
  for (const name of names) process.on(name, listener)
  return {
    signal: controller.signal,
    by: () => by,
    dispose: () => {
      for (const name of names) process.off(name, listener)
    },
  }
}
