import { standstillsOf } from '../evidence/lateness.ts'
import type { Fault } from '../faults/fault.ts'
import { RUNNERS, type Runner } from '../model/event.ts'
import type { Evidence } from '../model/evidence.ts'
import type { Registry } from '../model/plugin.ts'
import type { Verdict } from '../model/verdict.ts'
import { departures } from './as-written.ts'
import type { Check } from './checks/check.ts'
import { crowdOf } from './crowd.ts'
import { crowdNotes } from './crowd-figures.ts'
import { diedUnconnected, doubtsOf } from './doubts.ts'
import { floodsOf } from './floods.ts'
import { isMark } from './history.ts'
import { heaviest, measure } from './measure.ts'
import { restlessness } from './uncertainty.ts'

/** Pure: the same evidence always comes to the same verdict. `faults`: with those of other packages; absent: halfopen's own. */
export function judge(evidence: Evidence, checks: Registry<Check>, faults?: Registry<Fault>): Verdict {
  const outcomes = measure(evidence, checks, faults)
  const { troubles, unproven } = doubtsOf(evidence, faults)
  const nothing = outcomes.length === 0 ? ['the scenario expects nothing'] : []
  const doubts = [...troubles, ...unproven, ...nothing]
  const result = heaviest([...outcomes.map(outcome => outcome.result), doubts.length > 0 ? 'inconclusive' : 'pass'])
  const notes = [...floodsOf(evidence), ...fleetNotes(evidence)]
  const verdict: Verdict = { result, outcomes, troubles: doubts, ...(notes.length > 0 && { notes }) }
  const meant = asMeant(result === 'inconclusive' ? blamed(verdict, evidence) : verdict, evidence.header.scenario.must)
  // A canary that came out otherwise, in a run of which the machine made another.
  const isOther = meant.result === 'fail' && result !== 'fail'
  const isSpoilt = isOther && (standstillIn(evidence, RUNNERS) !== undefined || departures(evidence).length > 0)
  return isSpoilt ? { ...meant, result: 'inconclusive', blame: 'harness' } : meant
}

/** Of clients that are counted, what the counts say. */
function fleetNotes(evidence: Evidence): readonly string[] {
  const isFleet = evidence.header.scenario.client.recorded !== undefined
  return isFleet ? crowdNotes(crowdOf(evidence), evidence.events.filter(isMark)) : []
}

/**
 * An inconclusive is the harness's or the machine's doing where a finding was excused by it, or where so much stood still that a healthy
 * connection could not be had.
 */
function blamed(verdict: Verdict, evidence: Evidence): Verdict {
  if (diedUnconnected(evidence)) return verdict
  const { events } = evidence
  const isExcused =
    verdict.outcomes.some(({ blame }) => blame !== undefined) ||
    events.some(event => event.what === 'trouble' && event.passing === true) ||
    departures(evidence).length > 0
  return isExcused || standstillIn(evidence, RUNNERS) !== undefined ? { ...verdict, blame: 'harness' } : verdict
}

/** In words, where so much of the run stood still. */
function standstillIn({ header, events }: Evidence, of: readonly Runner[]): string | undefined {
  const [first, last] = [events[0], events.at(-1)]
  const keepaliveMs = header.scenario.client.keepaliveS * 1000
  const { speed = 1 } = header
  return restlessness(standstillsOf(events), [first?.atMs ?? 0, last?.atMs ?? 0], { keepaliveMs, speed }, of)
}

/**
 * A canary passes by coming out as it says, and fails by coming out in any other way, except that the harness's own
 * trouble stays what it is.
 */
function asMeant(verdict: Verdict, must: 'fail' | 'inconclusive' | undefined): Verdict {
  if (must === undefined) return verdict
  if (verdict.result === must) return { ...verdict, result: 'pass' }
  if (verdict.result === 'inconclusive') return verdict
  const reason = `must come out as ${must}, but came out as ${verdict.result}`
  return { ...verdict, result: 'fail', troubles: [...verdict.troubles, reason] }
}
