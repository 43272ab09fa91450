import { z } from 'zod'
import { falseAlarmsSchema, peerRowSchema } from '../../figures/peer-row.ts'
import { marginFitSchema } from '../../model/peer-figures.ts'

/** Version of the format. A change that an older reader would misread makes it 2. */
export const RATIOS_FORMAT = 1

const pair = z.object({
  client: z.string(),
  broker: z.string(),
  protocol: z.union([z.literal(4), z.literal(5)]),
  /** Runs with a cut that count. */
  runs: z.number(),
  afterAnswer: marginFitSchema.exactOptional(),
  never: z.literal(true).exactOptional(),
  whilePublishing: z.union([marginFitSchema, z.literal('never')]).exactOptional(),
  /** The broker's, in keep-alives: from the last packet, the least and the greatest. */
  brokerLeastK: z.number().exactOptional(),
  brokerGreatestK: z.number().exactOptional(),
  /** Of the runs with a cut: who noticed first. Less than 50 ms apart is no order. */
  first: z.object({ client: z.number(), broker: z.number(), tie: z.number(), nobody: z.number() }),
  falseAlarms: falseAlarmsSchema,
  lost: z.number(),
  doubts: z.array(z.string()),
  varies: z.array(z.string()),
})
export type PairRow = z.infer<typeof pair>

const leftOut = z.object({ what: z.string(), reason: z.string(), remedy: z.string().exactOptional() })

/** The whole ratio table, as `--json` writes it and `--baseline` reads it. */
export const ratioTableSchema = z.object({
  ratios: z.literal(RATIOS_FORMAT),
  halfopen: z.string(),
  node: z.string(),
  lab: z.string(),
  /** ISO 8601. */
  started: z.string(),
  tookMs: z.number(),
  machine: z.object({ cores: z.number(), loadBefore: z.number() }),
  settings: z.object({
    keepalivesS: z.array(z.number()),
    phases: z.number(),
    traffics: z.array(z.enum(['idle', 'publishing'])),
    brokerSamples: z.number(),
    jobs: z.number(),
    seed: z.number(),
  }),
  /** Stopped before all runs were done. */
  partial: z.boolean(),
  runs: z.object({ planned: z.number(), counted: z.number(), repeated: z.number(), lost: z.number() }),
  peers: z.array(peerRowSchema),
  pairs: z.array(pair),
  leftOut: z.array(leftOut),
})
export type RatioTable = Readonly<z.infer<typeof ratioTableSchema>>
