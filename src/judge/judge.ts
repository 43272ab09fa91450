import type { Check } from '../checks/check.ts'
import type { Evidence } from '../model/evidence.ts'
import type { Registry } from '../model/plugin.ts'
import type { Verdict } from '../model/verdict.ts'
import { doubtsOf } from './doubts.ts'
import { heaviest } from './fleet.ts'
import { measure } from './measure.ts'

/** Pure: the same evidence always comes to the same verdict. */
export function judge(evidence: Evidence, checks: Registry<Check>): Verdict {
  const outcomes = measure(evidence, checks)
  const { troubles, unproven } = doubtsOf(evidence)
  const nothing = outcomes.length === 0 ? ['the scenario expects nothing'] : []
  const doubts = [...troubles, ...unproven, ...nothing]
  const result = heaviest([...outcomes.map(outcome => outcome.result), doubts.length > 0 ? 'inconclusive' : 'pass'])
  return asMeant({ result, outcomes, troubles: doubts }, evidence.header.scenario.must)
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
