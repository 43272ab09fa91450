import { plural, seconds } from '../checks/words.ts'
import { type Outcome, RESULTS, type Result } from '../model/verdict.ts'

const weight = (result: Result): number => RESULTS.indexOf(result)

/** fail > inconclusive > unsupported > pass. */
export const heaviest = (results: readonly Result[]): Result =>
  results.reduce((most, each) => (weight(each) > weight(most) ? each : most), 'pass')

/** One check over a fleet: its worst device speaks for all, and the reason says how the others fared. */
export function fleetOutcome(outcomes: readonly [Outcome, ...Outcome[]]): Outcome {
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
