import type { Fault } from '../faults/fault.ts'
import type { Evidence } from '../model/evidence.ts'
import type { Registry } from '../model/plugin.ts'
import type { Expectation } from '../model/scenario.ts'
import type { Outcome } from '../model/verdict.ts'
import { type Windows, windowsFor } from '../timing/windows.ts'
import { departures } from './as-written.ts'
import type { Check, Finding } from './checks/check.ts'
import { inconclusive } from './checks/window.ts'
import { controlOf } from './control.ts'
import { type Doubts, doubtsOf } from './doubts.ts'
import { fleetOutcome } from './fleet.ts'
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
}

/** One outcome for each expectation of the scenario, in its order; of a fleet, its worst device's. */
export function measure(evidence: Evidence, checks: Registry<Check>, faults?: Registry<Fault>): readonly Outcome[] {
  const doubts = doubtsOf(evidence, faults)
  const departed = departures(evidence)
  const uncertainty = uncertaintyOf(evidence.events)
  const cases = historiesOf(evidence).map(history => ({
    history,
    windows: windowsFor(evidence.header, history.keepaliveMs),
    control: controlOf(history),
    doubts,
    departed,
    uncertainty,
  }))
  return evidence.header.scenario.expect.map(expectation => {
    const outcomes = cases.map(each => outcomeOf(expectation, checks.get(expectation.check), each))
    const [first, ...rest] = outcomes
    if (!first) return placed(expectation, inconclusive('the scenario has no client under test'), 0)
    return fleetOutcome([first, ...rest])
  })
}

function outcomeOf(expectation: Expectation, check: Check | undefined, the: Case): Outcome {
  const { keepaliveMs, endMs } = the.history
  if (!check) return placed(expectation, inconclusive(`there is no check named ${expectation.check}`), keepaliveMs)
  const finding = departedFrom(doubted(found(check, expectation.params, the), check, the), the)
  const weighing = { keepaliveMs, endMs, resolutionMs: the.windows.resolutionMs, actors: check.actors }
  return placed(expectation, weighed(finding, the.uncertainty, weighing), keepaliveMs)
}

/** A check that throws knows nothing; it must not pass, nor blame the peers. */
function found(check: Check, params: unknown, { history, windows }: Case): Finding {
  try {
    return check.judge(params, history, windows)
  } catch (error) {
    return inconclusive(`the check itself failed: ${error instanceof Error ? error.message : String(error)}`)
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

/** A fail in a run that was not played as written says nothing of the peers. What passed all the same did pass. */
function departedFrom(finding: Finding, { departed: [first] }: Case): Finding {
  if (finding.result !== 'fail' || first === undefined) return finding
  return { ...finding, result: 'inconclusive', blame: 'harness', reason: `${first}: ${finding.reason}` }
}

function placed({ check, position }: Expectation, found: Finding, keepaliveMs: number): Outcome {
  const { watchedMs: _until, ...finding } = found
  const { sinceMs, seenMs } = finding
  const afterMs = sinceMs === null || seenMs === null ? null : seenMs - sinceMs
  const ratio = afterMs === null || keepaliveMs === 0 ? null : afterMs / keepaliveMs
  return { check, ...finding, afterMs, ratio, position }
}
