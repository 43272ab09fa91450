import type { Fault } from '../faults/fault.ts'
import type { Evidence } from '../model/evidence.ts'
import type { Registry } from '../model/plugin.ts'
import type { Expectation } from '../model/scenario.ts'
import { type Outcome, RESULTS, type Result } from '../model/verdict.ts'
import { messageOf } from '../text/message-of.ts'
import { plural, seconds } from '../text/words.ts'
import { type Windows, windowsFor } from '../timing/windows.ts'
import { departures } from './as-written.ts'
import type { Check, Finding } from './checks/check.ts'
import { inconclusive } from './checks/window.ts'
import { controlOf } from './control.ts'
import { type Doubts, doubtsOf } from './doubts.ts'
import { type History, historiesOf } from './history.ts'
import { type Uncertainty, uncertaintyOf, weighed } from './uncertainty.ts'

/** One device, ready to be judged. */
interface Case {
  readonly history: History
  readonly windows: Windows
  /** Why its control failed. */
  readonly control: string | undefined
  readonly doubts: Doubts
  /** How the run departed from what is written, by the harness's own doing. */
  readonly departed: readonly string[]
  readonly uncertainty: Uncertainty
  readonly speed: number
}

/** One outcome for each expectation of the scenario, in its order; of a fleet, its worst device's. */
export function measure(evidence: Evidence, checks: Registry<Check>, faults?: Registry<Fault>): readonly Outcome[] {
  const doubts = doubtsOf(evidence, faults)
  const departed = departures(evidence)
  const uncertainty = uncertaintyOf(evidence.events)
  const cases = historiesOf(evidence).map(history => ({
    history,
    windows: windowsFor(evidence.header, history.keepaliveMs, history.wire),
    control: controlOf(history),
    doubts,
    departed,
    uncertainty,
    speed: evidence.header.speed ?? 1,
  }))
  return evidence.header.scenario.expect.map(expectation => {
    const check = checks.get(expectation.check)
    const judged = check?.whole ? cases.slice(0, 1) : cases
    const outcomes = judged.map(each => outcomeOf(expectation, check, each))
    const [first, ...rest] = outcomes
    if (!first) return placed(expectation, inconclusive('the scenario has no client under test'), 0)
    return fleetOutcome([first, ...rest])
  })
}

function outcomeOf(expectation: Expectation, check: Check | undefined, the: Case): Outcome {
  const { keepaliveMs, endMs } = the.history
  if (!check) return placed(expectation, inconclusive(`there is no check named ${expectation.check}`), keepaliveMs)
  const finding = departedFrom(doubted(found(check, expectation.params, the), check, the), the)
  const weighing = {
    keepaliveMs,
    endMs,
    speed: the.speed,
    resolutionMs: the.windows.resolutionMs,
    actors: finding.actors ?? check.actors,
  }
  return placed(expectation, weighed(finding, the.uncertainty, weighing), keepaliveMs)
}

/** A check that throws knows nothing; it must not pass, nor blame the peers. */
function found(check: Check, params: unknown, { history, windows }: Case): Finding {
  try {
    return check.judge(params, history, windows)
  } catch (error) {
    return inconclusive(`the check itself failed: ${messageOf(error)}`)
  }
}

function doubted(finding: Finding, { needsControl }: Check, { doubts, control }: Case): Finding {
  const [trouble] = doubts.troubles
  if (trouble !== undefined) return { ...finding, result: 'inconclusive', reason: trouble }
  const doubt = doubts.unproven[0] ?? control
  const isOwnFail =
    finding.result === 'fail' && (needsControl === 'pass' || (needsControl === 'absence' && finding.seenMs !== null))
  const stands = needsControl === 'none' || isOwnFail
  if (doubt === undefined || stands) return finding
  return { ...finding, result: 'inconclusive', reason: doubt }
}

/**
 * In a run that was not played as written a fail says nothing of the peers, and a doubt may be gone the next time. What passed all the same
 * did pass.
 */
function departedFrom(finding: Finding, { departed: [first] }: Case): Finding {
  if ((finding.result !== 'fail' && finding.result !== 'inconclusive') || first === undefined) return finding
  return { ...finding, result: 'inconclusive', blame: 'harness', reason: `${first}: ${finding.reason}` }
}

function placed({ check, position }: Expectation, found: Finding, keepaliveMs: number): Outcome {
  const { watchedMs: _until, beyondDelay: _whoever, actors: _actors, atCause: _atCause, ...finding } = found
  const { sinceMs, seenMs } = finding
  const afterMs = sinceMs === null || seenMs === null ? null : seenMs - sinceMs
  const ratio = afterMs === null || keepaliveMs === 0 ? null : afterMs / keepaliveMs
  return { check, ...finding, afterMs, ratio, position }
}

const weight = (result: Result): number => RESULTS.indexOf(result)

/** fail > inconclusive > unsupported > pass. */
export const heaviest = (results: readonly Result[]): Result =>
  results.reduce((most, each) => (weight(each) > weight(most) ? each : most), 'pass')

/** One check over a fleet: its worst device speaks for all, and the reason says how the others fared. */
function fleetOutcome(outcomes: readonly [Outcome, ...Outcome[]]): Outcome {
  if (outcomes.length === 1) return outcomes[0]
  const worst = outcomes.reduce((most, each) => (isWorse(each, most) ? each : most), outcomes[0])
  const device = outcomes.indexOf(worst) + 1
  const reason = `${tally(outcomes)}${spread(outcomes)}; worst is device ${device}: ${worst.reason}`
  return { ...worst, reason, device }
}

const isWorse = (a: Outcome, b: Outcome): boolean =>
  weight(a.result) - weight(b.result) > 0 || (a.result === b.result && (a.afterMs ?? 0) > (b.afterMs ?? 0))

function tally(outcomes: readonly Outcome[]): string {
  const counts = RESULTS.map(result => ({ result, count: outcomes.filter(each => each.result === result).length }))
  const shown = counts.filter(({ count }) => count > 0).map(({ result, count }) => `${count} ${result}`)
  return `${plural(outcomes.length, 'device')}: ${shown.join(', ')}`
}

function spread(outcomes: readonly Outcome[]): string {
  const sorted = outcomes
    .map(({ afterMs }) => afterMs)
    .filter(afterMs => afterMs !== null)
    .sort((a, b) => a - b)
  if (sorted.length === 0) return ''
  const at = (share: number) => seconds(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0)
  return `; after min ${at(0)}, median ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)}`
}
