import { z } from 'zod'
import { axesSchema } from './axes.ts'
import { cellSchema } from './cell.ts'
import { resultSchema } from './result.ts'

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
