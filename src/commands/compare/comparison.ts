import { z } from 'zod'
import type { PeerVersion } from '../../model/evidence.ts'
import { axesSchema } from './axes.ts'
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
const resultSchema = z.object({
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

/** The lab in which time costs next to nothing. */
export const SIMULATED = 'simulated'

/** What holds for every cell of a comparison. */
const settingsSchema = z.object({
  lab: z.string(),
  seed: z.number(),
  /** Over how many moments of one K a cut of the path is spread. */
  phases: z.number(),
  /** How long a middlebox is watched, at least. */
  forMs: z.number(),
  /** Each run ends at its first detection: nothing is counted over time. */
  quick: z.boolean(),
})
export type ComparisonSettings = Readonly<z.infer<typeof settingsSchema>>

const peers = z.record(z.string(), z.object({ version: z.string(), model: z.literal(true).exactOptional() }))

/** Version of the format. A change that an older reader would misread makes it 2. */
export const COMPARISON_FORMAT = 1

/** A whole comparison or a shard of it, as `--json` writes it. */
export const comparisonSchema = z.object({
  comparison: z.literal(COMPARISON_FORMAT),
  halfopen: z.string(),
  node: z.string(),
  /** ISO 8601. */
  started: z.string(),
  settings: settingsSchema,
  axes: axesSchema,
  /** Which part of how many; `null`: the whole. */
  shard: z.object({ index: z.number(), of: z.number() }).nullable(),
  /** Cells that belong to it. */
  cells: z.number(),
  /** It was stopped before all of its cells were done. */
  partial: z.boolean(),
  /** Who took part, by the names that the axes use. */
  clients: peers,
  brokers: peers,
  results: z.array(resultSchema).readonly(),
  /** Cells that this lab can't play, or not in the time allowed. */
  leftOut: z.array(z.object({ index: z.number(), cell: cellSchema, reason: z.string() })).readonly(),
})
export type Comparison = Readonly<z.infer<typeof comparisonSchema>>
export type LeftOutCell = Comparison['leftOut'][number]
export type PeerTable = Comparison['clients']

/** `paho-python (model)`: a model says so wherever it is named. */
export const peerLabel = (name: string, peers: PeerTable): string => (peers[name]?.model ? `${name} (model)` : name)

/** A cell's figures, and who the peers were. */
export interface PlayedCell {
  readonly result: CellResult
  readonly client: PeerVersion | undefined
  readonly broker: PeerVersion | undefined
}
