import { z } from 'zod'
import { cellSchema } from './cell.ts'

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

/** Over the cuts of a cell: their least, median and greatest, in milliseconds. */
const spread = z.object({ count: z.number(), minMs: z.number(), medianMs: z.number(), maxMs: z.number() })
export type CellSpread = Readonly<z.infer<typeof spread>>

const side = z.object({
  /** Since the fault held; `null` where this peer never noticed. */
  noticed: spread.nullable(),
  /** How often it noticed only because somebody told it. */
  told: z.number(),
})

/** What a cell came to, over all of its runs. */
export const resultSchema = z.object({
  index: z.number(),
  cell: cellSchema,
  runs: z.number(),
  /** How often the fault took hold of a connection. */
  cuts: z.number(),
  client: side,
  broker: side,
  /** Who was first, in how many cuts. */
  first: z.object({
    client: z.number(),
    broker: z.number(),
    tie: z.number(),
    nobody: z.number(),
    unknown: z.number(),
  }),
  /** Connections lost; `null` where the run was not long enough to count, as with a path that stays broken. */
  flapsPerHour: z.number().nullable(),
  pingsPerHour: z.number().nullable(),
  /** `null` where there is no traffic, or no time to count it. */
  messages: z.object({ sent: z.number(), lost: z.number(), late: z.number() }).nullable(),
  /** Why this cell's figures can't be relied on. */
  trouble: z.string().nullable(),
})
export type CellResult = Readonly<z.infer<typeof resultSchema>>

type First = 'client' | 'broker' | 'tie' | 'nobody' | 'varies' | 'not cut' | 'unknown'

/** Who notices first, in one word: `varies` where it hangs on the moment of the cut. */
export function firstOf({ cuts, first }: CellResult): First {
  if (cuts === 0) return 'not cut'
  const seen = (['client', 'broker', 'tie', 'nobody'] as const).filter(who => first[who] > 0)
  if (seen.length > 1) return 'varies'
  return seen[0] ?? 'unknown'
}

/** How long a lost connection goes unnoticed by both, at worst. */
export const unnoticedMs = ({ client, broker }: CellResult): number | null => {
  const worst = [client.noticed?.maxMs, broker.noticed?.maxMs].filter(ms => ms !== undefined)
  return worst.length > 0 ? Math.min(...worst) : null
}
