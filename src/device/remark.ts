/** In order of weight: a step is its heaviest remark, and a device its heaviest step. */
const WEIGHTS = { note: 0, 'not tested': 1, pass: 2, warning: 3, inconclusive: 4, fail: 5 } as const

/** Of a step. `inconclusive`: the harness can't tell, so it is no pass. `not tested`: the device gave no occasion. */
export type StepResult = Exclude<keyof typeof WEIGHTS, 'note'>

/** One thing that was seen. `note`: worth telling, and nobody's fault. */
export interface Remark {
  readonly result: keyof typeof WEIGHTS
  /** One sentence: what was seen, with its figures, and what is allowed. */
  readonly text: string
  /** The same in a few words, for a line of a table: `closed after 15.00 s (1.5K)`. */
  readonly figure?: string
  /** The clause behind it, with the version of the standard. */
  readonly clause?: string
  /** What to do about it, in one sentence. */
  readonly advice?: string
}

/** What several of them come to. Nothing at all, or only notes, say nothing of the device. */
export function heaviest(results: readonly Remark['result'][]): StepResult {
  const [first = 'note'] = results.toSorted((a, b) => WEIGHTS[b] - WEIGHTS[a])
  return first === 'note' ? 'not tested' : first
}

/** A programme in which nothing could be tested says nothing of the device. */
export function overall(results: readonly StepResult[]): StepResult {
  const result = heaviest(results)
  return result === 'not tested' ? 'inconclusive' : result
}

export const untested = (text: string): readonly Remark[] => [{ result: 'not tested', text }]
