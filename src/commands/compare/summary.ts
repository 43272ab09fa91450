import type { Numbered } from './grid.ts'
import type { Cut, Measured, Notice } from './measure.ts'
import type { CellResult, Spread } from './result.ts'

const HOUR_MS = 3_600_000

export interface Counting {
  /** The runs were long enough to count what happens over time. */
  readonly overTime: boolean
  readonly hasTraffic: boolean
}

/** The runs of one cell, taken together. */
export function summary(
  { index, cell }: Numbered,
  runs: readonly Measured[],
  { overTime, hasTraffic }: Counting,
): CellResult {
  const cuts = runs.flatMap(run => run.cuts)
  const hours = sum(runs.map(({ runMs }) => runMs)) / HOUR_MS
  return {
    index,
    cell,
    runs: runs.length,
    cuts: cuts.length,
    client: side(cuts.map(({ client }) => client)),
    broker: side(cuts.map(({ broker }) => broker)),
    first: firsts(cuts),
    flapsPerHour: overTime && hours > 0 ? perHour(sum(runs.map(({ losses }) => losses)), hours) : null,
    pingsPerHour: overTime && hours > 0 ? perHour(sum(runs.map(({ pings }) => pings)), hours) : beforeTheCut(runs),
    messages: overTime && hasTraffic ? messages(runs) : null,
    trouble: runs.find(({ trouble }) => trouble !== null)?.trouble ?? null,
  }
}

function side(notices: readonly (Notice | null)[]): CellResult['client'] {
  const noticed = notices.filter(notice => notice !== null)
  return {
    noticed: spreadOf(noticed.map(({ afterMs }) => afterMs)),
    told: noticed.filter(({ by }) => by === 'told').length,
  }
}

export function spreadOf(values: readonly number[]): Spread | null {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (place: number) => rounded(sorted[place] ?? 0)
  if (sorted.length === 0) return null
  const middle = (sorted.length - 1) / 2
  const medianMs = rounded((at(Math.floor(middle)) + at(Math.ceil(middle))) / 2)
  return { count: sorted.length, minMs: at(0), medianMs, maxMs: at(sorted.length - 1) }
}

function firsts(cuts: readonly Cut[]): CellResult['first'] {
  const count = (who: Cut['first']) => cuts.filter(({ first }) => first === who).length
  return {
    client: count('client'),
    broker: count('broker'),
    tie: count('tie'),
    nobody: count('nobody'),
    unknown: count('unknown'),
  }
}

/** A path that breaks soon is no time to count pings in; the interval between them is. */
function beforeTheCut(runs: readonly Measured[]): number | null {
  const counted = runs.filter(({ firstPings }) => firstPings.count > 0)
  if (counted.length === 0) return null
  const lastMs = sum(counted.map(({ firstPings }) => firstPings.lastMs))
  return perHour(sum(counted.map(({ firstPings }) => firstPings.count)), lastMs / HOUR_MS)
}

const messages = (runs: readonly Measured[]): CellResult['messages'] => ({
  sent: sum(runs.map(run => run.messages.sent)),
  lost: sum(runs.map(run => run.messages.lost)),
  late: sum(runs.map(run => run.messages.late)),
})

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const perHour = (count: number, hours: number): number => Number((count / hours).toFixed(2))
const rounded = (ms: number): number => Math.round(ms)
