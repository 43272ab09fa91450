import { plural } from '../../../text/words.ts'
import type { StepOutcome } from '../programme.ts'
import type { DeviceRun } from '../run-device.ts'
import { overall, type Remark, type StepResult } from '../step.ts'

/** As reports spell results. */
export const WORDS: Readonly<Record<Remark['result'], string>> = {
  pass: 'pass',
  warning: 'pass with warnings',
  fail: 'FAIL',
  inconclusive: 'inconclusive',
  'not tested': 'not tested',
  note: 'seen',
}

/** A programme that was stopped is no pass, nor is one whose device stayed away before its end. */
export function resultOf({ outcomes, stopped }: Pick<DeviceRun, 'outcomes' | 'stopped'>): StepResult {
  const result = overall(outcomes.map(each => each.result))
  const isShort = stopped || outcomes.some(({ scene }) => scene === undefined)
  return isShort && result !== 'fail' ? 'inconclusive' : result
}

/** `FAIL: 1 failed (half-open while publishing), 4 passed`. */
export function verdictText({ outcomes, stopped }: Pick<DeviceRun, 'outcomes' | 'stopped'>): string {
  const end = stopped ? '; stopped before its end' : ''
  return `${WORDS[resultOf({ outcomes, stopped })]}: ${summaryText(outcomes)}${end}`
}

/** How many came to each result, and which did not pass. */
function summaryText(outcomes: readonly StepOutcome[]): string {
  const having = (result: StepResult) => outcomes.filter(outcome => outcome.result === result)
  const titles = (found: readonly StepOutcome[]) => found.map(({ step }) => step.title.toLowerCase()).join('; ')
  const parts = [
    counted(having('fail'), 'failed', titles),
    counted(having('inconclusive'), 'inconclusive', titles),
    counted(having('warning'), 'passed with warnings', titles),
    counted(having('pass'), 'passed'),
    counted(having('not tested'), 'not tested'),
  ]
  return parts.filter(part => part !== '').join(', ') || plural(0, 'step')
}

function counted(
  found: readonly StepOutcome[],
  word: string,
  titles?: (found: readonly StepOutcome[]) => string,
): string {
  if (found.length === 0) return ''
  return `${found.length} ${word}${titles ? ` (${titles(found)})` : ''}`
}

/** What a step came to, in a few words: its heaviest remark. */
export function headline({ result, remarks }: StepOutcome): Remark | undefined {
  return remarks.find(remark => remark.result === result) ?? remarks[0]
}
