import { checks } from '../../../src/judge/checks/index.ts'
import { measure } from '../../../src/judge/measure.ts'
import type { Evidence } from '../../../src/model/evidence.ts'
import type { Outcome } from '../../../src/model/verdict.ts'

/** The outcome of the first expectation. */
export function outcome(evidence: Evidence): Outcome {
  const [first] = measure(evidence, checks)
  if (!first) throw new Error('the scenario expects nothing')
  return first
}

export const result = (evidence: Evidence): string => outcome(evidence).result
