import type { ScenarioReport } from '../model/verdict.ts'
import { tally } from '../reporters/reporter.ts'
import { didYouMean } from '../text/nearest.ts'

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

/** The complaint about a name that is none: the nearest one, and all there are. */
export function unknownName(option: string, given: string, allowed: readonly string[]): Complaint {
  return new Complaint(
    `error: ${option}: nothing is called '${given}'.${didYouMean(given, allowed)}\nallowed: ${allowed.join(', ')}`,
    EXIT.usage,
  )
}

/** A variable of the environment whose value is none that it may have. */
export const wrongVariable = (name: string, given: string, allowed: string): Complaint =>
  new Complaint(`error: ${name}: it can't be '${given}'; it is ${allowed}, or not set`, EXIT.usage)

const SIGNALS = Object.keys(SIGNAL_EXIT) as StopSignal[]

let unfinished = false

/** Something was begun that did not end in order: in another thread, where nobody sees what it waits for. */
export function leaveUnfinished(): void {
  unfinished = true
}

/**
 * Ends the process now. exit(3) waits for the threads of libuv, and one of them may be looking up a name, for 10 s where no name
 * server answers (resolv.conf(5): 5 s, twice): nothing can call that off. So a second signal meets no listener of ours any more,
 * and a process that was told to stop dies of the signal itself, which a shell counts with the same number.
 */
export function quit(code: number): never {
  for (const name of SIGNALS) process.removeAllListeners(name)
  const by = SIGNALS.find(name => SIGNAL_EXIT[name] === code)
  if (by !== undefined && (unfinished || process.getActiveResourcesInfo().includes('GetAddrInfoReqWrap')))
    process.kill(process.pid, by)
  process.exit(code)
}

export interface RunOutcome {
  readonly reports: readonly ScenarioReport[]
  /** Of how many. */
  readonly total: number
  readonly troubles: readonly string[]
  readonly requireAll: boolean
  readonly stoppedBy: StopSignal | undefined
  /** Why it was ended before its time, in one sentence: `--bail`, `--timeout`. */
  readonly cutShort?: string
  /** A file of those that were asked for could not be read. */
  readonly unreadable?: boolean
}

/** A failed scenario outweighs the harness's own trouble, and a stop outweighs both: the run is no answer then. */
export function exitCodeOf(outcome: RunOutcome): number {
  if (outcome.stoppedBy !== undefined) return SIGNAL_EXIT[outcome.stoppedBy]
  if (tally(outcome.reports).fail > 0) return EXIT.failed
  if (outcome.unreadable) return EXIT.unreadable
  return doubts(outcome) ? EXIT.inconclusive : EXIT.pass
}

function doubts({ reports, total, troubles, requireAll }: RunOutcome): boolean {
  const { pass, inconclusive } = tally(reports)
  return inconclusive > 0 || troubles.length > 0 || reports.length < total || pass === 0 || (requireAll && pass < total)
}

/** What the exit code alone would leave unsaid. */
export function closingWords({ reports, total, requireAll, stoppedBy, cutShort, unreadable }: RunOutcome): string[] {
  const { pass, skipped, unsupported } = tally(reports)
  const passedOver = skipped + unsupported
  if (stoppedBy !== undefined) return [`Stopped by ${stoppedBy}: these are the scenarios that had ended by then.`]
  if (cutShort !== undefined && reports.length < total)
    return [`${cutShort} ${total - reports.length} of ${total} had not ended by then.`]
  if (unreadable) return ['Not all was played: a scenario file could not be read (told above), so this is no pass.']
  if (requireAll && passedOver > 0) return [`HALFOPEN_REQUIRE=all: ${passedOver} skipped, so this is no pass.`]
  if (pass === 0 && passedOver === total) return ['Nothing was judged: every scenario was skipped, so this is no pass.']
  return []
}
