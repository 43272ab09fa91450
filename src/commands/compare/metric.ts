import { type CellResult, unnoticedMs } from './result.ts'

/** One figure of a cell, as maps show it. */
export interface Metric {
  readonly name: string
  readonly title: string
  readonly unit: string
  /** `null` where there is nothing to show: the flow was not cut, or the figure was not measured. */
  readonly value: (result: CellResult) => number | null
  /** What `null` means. */
  readonly none: string
}

const inS = (ms: number | null | undefined): number | null => (ms === null || ms === undefined ? null : ms / 1000)

const ALL: readonly Metric[] = [
  {
    name: 'flaps',
    title: 'connections lost per hour',
    unit: 'an hour',
    value: ({ flapsPerHour }) => (flapsPerHour === 0 ? null : flapsPerHour),
    none: 'none lost',
  },
  {
    name: 'unnoticed',
    title: 'longest time until somebody notices the cut',
    unit: 's',
    value: result => inS(unnoticedMs(result)),
    none: 'never cut',
  },
  {
    name: 'client',
    title: 'longest time until the client notices the cut',
    unit: 's',
    value: ({ client }) => inS(client.noticed?.maxMs),
    none: 'never cut, or not noticed',
  },
  {
    name: 'broker',
    title: 'longest time until the broker notices the cut',
    unit: 's',
    value: ({ broker }) => inS(broker.noticed?.maxMs),
    none: 'never cut, or not noticed',
  },
  {
    name: 'pings',
    title: 'PINGREQ per hour',
    unit: 'an hour',
    value: ({ pingsPerHour }) => pingsPerHour,
    none: 'not measured',
  },
  {
    name: 'lost',
    title: 'messages lost, of a hundred',
    unit: '%',
    value: ({ messages }) => (messages && messages.lost > 0 ? (100 * messages.lost) / messages.sent : null),
    none: 'none lost',
  },
]

export const metrics: ReadonlyMap<string, Metric> = new Map(ALL.map(metric => [metric.name, metric]))

/** What these results are about: losses over time where they were counted, else how long a cut goes unnoticed. */
export function defaultMetric(results: readonly CellResult[]): Metric {
  const name = results.some(({ flapsPerHour }) => flapsPerHour !== null) ? 'flaps' : 'unnoticed'
  return metrics.get(name) ?? (ALL[0] as Metric)
}
