/** Documented in README: scripts and CI rely on them. */
export const EXIT = {
  pass: 0,
  usage: 1,
  unreadable: 2,
  /** Inconclusive, or the harness's own failure. */
  inconclusive: 3,
  failed: 4,
} as const

/** As shells count a death by signal; the run still ended in order. */
export const SIGNAL_EXIT = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const
export type StopSignal = keyof typeof SIGNAL_EXIT

/** Ends the command with one clear message and nothing else. */
export class Complaint extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}
